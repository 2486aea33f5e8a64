//~ error: the trait `Shareable` requires an `unsafe impl` declaration
//! Only `shareable!` or an unsafe promise declares plain data.

pub struct Handle(pub *mut u8);

impl postgres_bgworker::shmem::Shareable for Handle {}

fn main() {}
