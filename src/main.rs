//! The `klantportaal` command.

use std::process::ExitCode;

/// A request makes some sixty small allocations; this allocator is faster at them than the C
/// library's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    klantportaal::cli::run()
}
