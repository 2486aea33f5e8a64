//~ error: the trait `Shareable` requires an `unsafe impl` declaration
//! What is plain data is for `shareable!` to say, or for an unsafe promise.

pub struct Handle(pub *mut u8);

impl postgres_bgworker::shmem::Shareable for Handle {}

fn main() {}
