//! Unpacks the libraries and the files of extensions from a package.

use flate2::bufread::MultiGzDecoder;
use lzma_rust2::XzReader;
use pg_scratch::{Error, Result};
use ruzstd::decoding::StreamingDecoder;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Component, Path, PathBuf};
use tempfile::TempDir;

/// Limits that only harmful packages reach: bytes after decompression, and bytes that are kept.
const LARGEST: u64 = 32 << 30;
const KEPT: u64 = 4 << 30;

/// Returns a directory with the files of a package, or `None` if this is not a package.
pub(super) fn unpacked(path: &Path) -> Result<Option<TempDir>> {
    // What cannot be read is no package, and reading it as a library says why.
    let is_file = std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    let Some(Ok(mut file)) = is_file.then(|| File::open(path)) else {
        return Ok(None);
    };
    let mut begin = Vec::new();
    let read = file.by_ref().take(512).read_to_end(&mut begin);
    let kind = read.ok().and_then(|_| kind(&begin));
    let Some(kind) = kind else {
        return Ok(None);
    };
    let directory = tempfile::tempdir().map_err(|e| Error::io("a temporary directory", &e))?;
    let mut kept = Kept {
        root: directory.path().to_owned(),
        left: KEPT,
    };
    let done = File::open(path).and_then(|file| kind(BufReader::new(file), &mut kept));
    match done {
        Ok(()) => Ok(Some(directory)),
        Err(error) => Err(
            Error::new(format!("{} could not be unpacked", path.display()))
                .note(error.to_string())
                .help("unpack it with its own tool, and specify the directory"),
        ),
    }
}

/// Returns whether a file is a library that a server can load.
pub(super) fn is_library(path: &Path) -> bool {
    path.extension().is_some_and(|kind| kind == "so")
}

type Unpack = fn(BufReader<File>, &mut Kept) -> io::Result<()>;

fn kind(begin: &[u8]) -> Option<Unpack> {
    Some(match begin {
        [b'!', b'<', b'a', b'r', b'c', b'h', b'>', b'\n', name @ ..]
            if name.starts_with(b"debian-binary") =>
        {
            deb
        }
        [0xed, 0xab, 0xee, 0xdb, ..] => rpm,
        [b'P', b'K', 3, 4, ..] => zip,
        [0x1f, 0x8b, ..] | [0xfd, b'7', b'z', b'X', b'Z', 0, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            |file, kept| tar(decompressed(file)?, kept)
        }
        _ if begin.get(257..262) == Some(b"ustar") => |file, kept| tar(file, kept),
        _ => return None,
    })
}

/// Where files are written.
struct Kept {
    root: PathBuf,
    left: u64,
}

impl Kept {
    fn put(&mut self, name: &Path, content: impl Read) -> io::Result<()> {
        let is_wanted = ["so", "control", "sql"]
            .iter()
            .any(|kind| name.extension().is_some_and(|own| own == *kind));
        if !is_wanted {
            return Ok(());
        }
        // `/` and `..` would lead out of the directory.
        let parts = name.components().filter_map(|part| match part {
            Component::Normal(part) => Some(part),
            _ => None,
        });
        let path = self.root.join(parts.collect::<PathBuf>());
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let mut file = File::create(path)?;
        self.left -= io::copy(&mut content.take(self.left), &mut file)?;
        if self.left == 0 {
            return Err(broken("its files are too large"));
        }
        Ok(())
    }
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Returns the contents of compressed data, or data that is not compressed.
fn decompressed<'a>(mut data: impl BufRead + 'a) -> io::Result<impl Read + 'a> {
    let begin = data.fill_buf()?;
    let data: Box<dyn Read + 'a> = match begin {
        [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(data)),
        [0xfd, b'7', b'z', b'X', b'Z', ..] => Box::new(XzReader::new(data, true)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            let decoder = StreamingDecoder::new(data);
            Box::new(decoder.map_err(|error| broken(&error.to_string()))?)
        }
        [b'B', b'Z', b'h', ..] => return Err(broken("it is compressed with bzip2")),
        [0x5d, 0, 0, ..] => return Err(broken("it is compressed with lzma")),
        _ => Box::new(data),
    };
    Ok(data.take(LARGEST))
}

fn tar(data: impl Read, kept: &mut Kept) -> io::Result<()> {
    for entry in tar::Archive::new(data).entries()? {
        let entry = entry?;
        if entry.header().entry_type().is_file() {
            let name = entry.path()?.into_owned();
            kept.put(&name, entry)?;
        }
    }
    Ok(())
}

fn zip(file: BufReader<File>, kept: &mut Kept) -> io::Result<()> {
    let mut archive = zip::ZipArchive::new(file)?;
    for index in 0..archive.len() {
        let entry = archive.by_index(index)?;
        if let (true, Some(name)) = (entry.is_file(), entry.enclosed_name()) {
            kept.put(&name, entry)?;
        }
    }
    Ok(())
}

/// An archive of `ar` with one file `data.tar`, compressed.
fn deb(mut file: BufReader<File>, kept: &mut Kept) -> io::Result<()> {
    io::copy(&mut file.by_ref().take(8), &mut io::sink())?;
    loop {
        let mut header = [0; 60];
        file.read_exact(&mut header)?;
        let text = std::str::from_utf8(&header).map_err(|_| broken("it is damaged"))?;
        let name = text.get(..16).unwrap_or_default();
        let size = text
            .get(48..58)
            .and_then(|size| size.trim().parse::<u64>().ok());
        let size = size.ok_or_else(|| broken("it is damaged"))?;
        let mut member = file.by_ref().take(size);
        if name.starts_with("data.tar") {
            return tar(decompressed(&mut member)?, kept);
        }
        io::copy(&mut member, &mut io::sink())?;
        if size % 2 == 1 {
            io::copy(&mut file.by_ref().take(1), &mut io::sink())?;
        }
    }
}

/// Two headers with tables, the first one filled up to 8 bytes, and a compressed archive of `cpio`.
fn rpm(mut file: BufReader<File>, kept: &mut Kept) -> io::Result<()> {
    io::copy(&mut file.by_ref().take(96), &mut io::sink())?;
    for unit in [8, 1] {
        let mut header = [0; 16];
        file.read_exact(&mut header)?;
        let number = |at: usize| {
            let bytes = header[at..].first_chunk().copied();
            u64::from(u32::from_be_bytes(bytes.unwrap_or_default()))
        };
        if header[..3] != [0x8e, 0xad, 0xe8] {
            return Err(broken("it is damaged"));
        }
        let size = number(8) * 16 + number(12);
        let size = size.next_multiple_of(unit);
        io::copy(&mut file.by_ref().take(size), &mut io::sink())?;
    }
    cpio(decompressed(file)?, kept)
}

fn cpio(mut data: impl Read, kept: &mut Kept) -> io::Result<()> {
    /// The magic number, and 13 numbers of 8 hexadecimal digits.
    const HEADER: u64 = 110;
    loop {
        let mut header = [0; HEADER as usize];
        data.read_exact(&mut header)?;
        let text = std::str::from_utf8(&header).unwrap_or_default();
        let number = |index: usize| {
            let digits = text.get(6 + 8 * index..14 + 8 * index);
            digits.and_then(|digits| u64::from_str_radix(digits, 16).ok())
        };
        let (Some(mode), Some(size), Some(length), true) =
            (number(1), number(6), number(11), text.starts_with("07070"))
        else {
            return Err(broken("its archive is not of the format newc"));
        };
        let mut name = Vec::new();
        let padded = (HEADER + length).next_multiple_of(4) - HEADER;
        data.by_ref()
            .take(padded.min(1 << 16))
            .read_to_end(&mut name)?;
        let end = name.iter().position(|byte| *byte == 0);
        let name = String::from_utf8_lossy(&name[..end.unwrap_or(name.len())]).into_owned();
        if name == "TRAILER!!!" {
            return Ok(());
        }
        let mut content = data.by_ref().take(size);
        if mode & 0o170_000 == 0o100_000 {
            kept.put(Path::new(&name), content.by_ref())?;
        }
        io::copy(&mut content, &mut io::sink())?;
        let rest = size.next_multiple_of(4) - size;
        io::copy(&mut data.by_ref().take(rest), &mut io::sink())?;
    }
}
