//! Damage done to a database file that nobody has open.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;

use super::Database;

impl Database {
    /// Flips every bit of a table's first page, where SQLite begins to look for its rows.
    pub fn flip_first_page_of(&self, table: &str) {
        let path = self.folder().join("klantportaal.db");
        let connection = rusqlite::Connection::open(&path).unwrap();
        let size: u32 = connection.query_row("PRAGMA page_size", [], |row| row.get(0)).unwrap();
        let find = "SELECT rootpage FROM sqlite_schema WHERE type = 'table' AND name = ?1";
        let page: u32 = connection.query_row(find, [table], |row| row.get(0)).unwrap();
        drop(connection);
        self.flip(u64::from(page - 1) * u64::from(size), size as usize);
    }

    /// Flips every bit of a part of the file.
    pub fn flip(&self, from: u64, length: usize) {
        let path = self.folder().join("klantportaal.db");
        let file = OpenOptions::new().read(true).write(true).open(path).unwrap();
        let mut bytes = vec![0; length];
        file.read_exact_at(&mut bytes, from).unwrap();
        bytes.iter_mut().for_each(|byte| *byte = !*byte);
        file.write_all_at(&bytes, from).unwrap();
    }
}
