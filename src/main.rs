//! The `klantportaal` command.

fn main() {}
