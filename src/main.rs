//! The `klantportaal` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    klantportaal::cli::run()
}
