//! Builds anew when a text changes: the texts are compiled in.

fn main() {
    println!("cargo::rerun-if-changed=locales");
}
