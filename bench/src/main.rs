//! The bare handler that the API is measured against.

fn main() {}
