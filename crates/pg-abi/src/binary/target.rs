//! The machine that a file is built for.

use object::elf;
use std::fmt;

/// Machine, width and byte order of an ELF file. They must match for a library to be loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// `e_machine`
    pub machine: u16,
    /// 32 or 64.
    pub bits: u8,
    /// Byte order.
    pub little_endian: bool,
}

impl Target {
    /// Returns the first part of target triples, for the machines that servers run on.
    pub fn machine_name(&self) -> Option<&'static str> {
        Some(match (elf::Machine(self.machine), self.bits) {
            (elf::EM_X86_64, 64) => "x86_64",
            (elf::EM_X86_64, _) => "x86_64 (x32)",
            (elf::EM_386, _) => "i686",
            (elf::EM_AARCH64, _) => "aarch64",
            (elf::EM_ARM, _) => "arm",
            (elf::EM_RISCV, 64) => "riscv64",
            (elf::EM_RISCV, _) => "riscv32",
            (elf::EM_PPC64, _) if self.little_endian => "powerpc64le",
            (elf::EM_PPC64, _) => "powerpc64",
            (elf::EM_S390, _) => "s390x",
            (elf::EM_LOONGARCH, _) => "loongarch64",
            (elf::EM_MIPS, _) => "mips",
            (elf::EM_SPARCV9, _) => "sparc64",
            _ => return None,
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.machine_name() {
            Some(name) => f.write_str(name)?,
            None => write!(f, "machine {}", self.machine)?,
        }
        let order = if self.little_endian { "little" } else { "big" };
        write!(f, ", {}-bit, {order}-endian", self.bits)
    }
}
