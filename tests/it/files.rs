//! Files and directories: `/v1/files`, links to download, and the pages.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use jiff::SignedDuration;
use klantportaal::db::{Cleaner, Single, ToParam};
use klantportaal::maintenance::remove_orphans;
use klantportaal::removal::remove_deleted;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::operations::missing;
use crate::support::{
    Answer, Browser, FilledForm, InProcess, Instance, Key, Server, until, upload_of,
};

const FILES: &str = "/v1/files";

pub fn id(row: &Value) -> &str {
    row["id"].as_str().unwrap()
}

fn path(row: &Value) -> String {
    format!("{FILES}/{}", id(row))
}

pub async fn upload(key: &Key, name: &str, content: impl AsRef<[u8]>) -> Value {
    key.upload(FILES, name, content, &[]).await.expect(200)
}

pub async fn directory(key: &Key, name: &str) -> Value {
    key.post(FILES, json!({ "name": name })).await.expect(200)
}

/// The names in a directory, or at the top.
pub async fn names(key: &Key, query: &str) -> Vec<String> {
    let page = key.get(&format!("{FILES}{query}")).await.expect(200);
    let mut names: Vec<String> = page["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

/// The link to a file.
pub async fn link(key: &Key, file: &Value) -> String {
    let answer = key.get(&format!("{}/download", path(file))).await.expect(200);
    assert_eq!(answer.as_object().unwrap().len(), 2, "{answer}");
    assert!(answer["expiresAt"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
    answer["link"].as_str().unwrap().to_owned()
}

/// Opens a link as whoever has it.
pub async fn open(server: &Instance, link: &str, headers: &[(&str, &str)]) -> Answer {
    let request = server.nobody().request(Method::GET, link);
    let request =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    Answer::to(request).await
}

/// All contents of a portal, and what is being written.
pub fn contents(server: &Instance, portal: &str) -> Vec<PathBuf> {
    let folder = server.database.folder().join("files");
    let all =
        [portal, "incoming"].map(|name| std::fs::read_dir(folder.join(name)).into_iter().flatten());
    all.into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
}

pub async fn clean_up(server: &InProcess, hours: i64) {
    let now = jiff::Timestamp::now() + SignedDuration::from_hours(hours);
    remove_orphans(&server.cleaner(), &server.server.objects, now).await.unwrap();
}

/// Waits until the contents of a portal are so many.
pub async fn until_contents(server: &Instance, portal: &str, count: usize) {
    let is_so = async || contents(server, portal).len() == count;
    until(&format!("{portal} has {count} contents"), is_so).await;
}

both_engines! {
    async fn a_file_is_uploaded_listed_linked_and_downloaded(server: &Server) {
        let portal = server.portal().await;
        let key = portal.key().await;
        let file = upload(&key, "Offerte.pdf", b"%PDF-1.7 een").await;
        assert!(id(&file).starts_with("fsf_"));
        let expected = json!({
            "id": id(&file), "type": "file", "name": "Offerte.pdf", "size": 12, "mime": "application/pdf", "fileShareId": null,
            "directoryId": null, "createdAt": file["createdAt"], "updatedAt": file["createdAt"],
        });
        assert_eq!(file, expected);
        assert_eq!(key.get(&path(&file)).await.expect(200), file);
        assert_eq!(key.get(FILES).await.expect(200)["data"], json!([file]));
        let link = link(&key, &file).await;
        assert!(link.starts_with(&server.url), "{link}");
        let answer = open(server, &link, &[]).await;
        assert_eq!((answer.status, answer.bytes.as_slice()), (200, &b"%PDF-1.7 een"[..]), "{answer}");
        for (name, value) in [
            ("content-type", "application/pdf"),
            ("content-disposition", "attachment; filename=\"Offerte.pdf\"; filename*=UTF-8''Offerte.pdf"),
            ("x-content-type-options", "nosniff"),
            ("content-length", "12"),
            ("accept-ranges", "bytes"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{answer}");
        }
        assert!(answer.header("content-security-policy").unwrap().contains("sandbox"), "{answer}");
        key.delete(&path(&file)).await.expect_nothing();
        assert_eq!(open(server, &link, &[]).await.status, 410);
        key.get(&path(&file)).await.expect(404);
        until_contents(server, portal.id.as_str(), 0).await;
    }

    async fn a_range_is_sent_and_a_known_content_is_spared(server: &Server) {
        let key = server.portal().await.key().await;
        let content: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
        let file = upload(&key, "groot.bin", &content).await;
        let link = link(&key, &file).await;
        let whole = open(server, &link, &[]).await;
        assert!(whole.bytes == content);
        let tag = whole.header("etag").unwrap().to_owned();
        let part = open(server, &link, &[("range", "bytes=70000-140000"), ("if-range", &tag)]).await;
        assert_eq!((part.status, part.header("content-range")), (206, Some("bytes 70000-140000/800000")), "{:?}", part.headers);
        assert!(part.bytes == content[70_000..=140_000]);
        let other = open(server, &link, &[("range", "bytes=0-1"), ("if-range", "\"x\"")]).await;
        assert_eq!((other.status, other.bytes.len()), (200, 800_000));
        let beyond = open(server, &link, &[("range", "bytes=800000-")]).await;
        assert_eq!((beyond.status, beyond.header("content-range")), (416, Some("bytes */800000")), "{:?}", beyond.headers);
        let known = open(server, &link, &[("if-none-match", &tag)]).await;
        assert_eq!((known.status, known.bytes.len()), (304, 0));
        let head = Answer::unchecked(server.nobody().request(Method::HEAD, &link)).await;
        assert_eq!((head.status, head.header("content-length"), head.bytes.len()), (200, Some("800000"), 0), "{:?}", head.headers);
    }

    async fn a_link_ends_after_five_minutes_and_with_its_portal(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        let file = upload(&key, "a.txt", "een").await;
        let first = link(&key, &file).await;
        server.clock.advance(SignedDuration::from_secs(299));
        assert_eq!(open(&server, &first, &[]).await.status, 200);
        server.clock.advance(SignedDuration::from_secs(2));
        let ended = open(&server, &first, &[]).await;
        assert!(ended.status == 410 && ended.text().contains("is verlopen"), "{ended}");
        let second = link(&key, &file).await;
        let delete = "UPDATE portals SET deleted_at = 1 WHERE id = ?1";
        server.db.execute(delete, &[portal.id.to_param()]).await.unwrap();
        assert_eq!(open(&server, &second, &[]).await.status, 410);
    }

    async fn a_forged_link_leads_nowhere(server: &Server) {
        let key = server.portal().await.key().await;
        let link = link(&key, &upload(&key, "a.txt", "een").await).await;
        let (start, sealed) = link.rsplit_once('/').unwrap();
        let mut turned: Vec<char> = sealed.chars().collect();
        turned.reverse();
        for forged in [sealed[1..].to_owned(), format!("{sealed}A"), turned.into_iter().collect(), "x".to_owned(), "A".repeat(5000)] {
            let answer = open(server, &format!("{start}/{forged}"), &[]).await;
            assert_eq!(answer.status, 404, "{answer}");
        }
    }

    async fn names_are_kept_safe_and_the_same_name_never_overwrites(server: &Server) {
        let key = server.portal().await.key().await;
        for (sent, name) in [
            ("offerte.pdf", "offerte.pdf"),
            ("offerte.pdf", "offerte (2).pdf"),
            ("Offerte.PDF", "Offerte (3).PDF"),
            ("#1; korting \"50%\".txt", "#1; korting \"50%\".txt"),
            ("../../etc/passwd", "passwd"),
            ("C:\\map\\b.pdf", "b.pdf"),
            ("Cafe\u{301}.txt", "Café.txt"),
            ("...", "file"),
            ("\u{200b}", "file (2)"),
        ] {
            let file = upload(&key, sent, sent).await;
            assert_eq!(file["name"], name, "{sent}");
            let answer = open(server, &link(&key, &file).await, &[]).await;
            assert_eq!(answer.text(), sent, "its own content");
        }
        let named = key.upload(FILES, "a.txt", "een", &[("name", "Anders.txt")]).await.expect(200);
        assert_eq!(named["name"], "Anders.txt");
        for wrong in ["a\u{7}b", "..", "\u{202e}x"] {
            assert_eq!(key.upload(FILES, "a.txt", "een", &[("name", wrong)]).await.faulty_fields(), ["name"], "{wrong:?}");
        }
    }

    async fn a_directory_has_its_own_files_and_goes_when_it_is_empty(server: &Server) {
        let key = server.portal().await.key().await;
        let outer = directory(&key, "Offertes").await;
        assert_eq!((&outer["type"], &outer["size"], &outer["mime"]), (&json!("directory"), &Value::Null, &Value::Null));
        let within = format!("?directory={}", id(&outer));
        let inner = key.post(&format!("{FILES}{within}"), json!({ "name": "2026" })).await.expect(200);
        let file = key.upload(&format!("{FILES}{within}"), "a.txt", "een", &[]).await.expect(200);
        assert_eq!((&file["directoryId"], &inner["directoryId"]), (&outer["id"], &outer["id"]));
        upload(&key, "a.txt", "boven").await;
        assert_eq!(names(&key, "").await, ["Offertes", "a.txt"]);
        assert_eq!(names(&key, "?directory=root").await, ["Offertes", "a.txt"]);
        assert_eq!(names(&key, &within).await, ["2026", "a.txt"]);
        assert_eq!(names(&key, "?search=txt").await, ["a.txt", "a.txt"], "a search is in all of them");
        assert_eq!(key.delete(&path(&outer)).await.expect(422)["errors"][""][0].as_str().map(|text| text.contains("isn't empty")), Some(true));
        key.get(&format!("{}/download", path(&outer))).await.expect(404);
        for row in [&file, &inner, &outer] {
            key.delete(&path(row)).await.expect_nothing();
        }
        assert_eq!(names(&key, "").await, ["a.txt"]);
        assert!(names(&key, &within).await.is_empty());
        for wrong in [within.as_str(), "?directory=fsf_a", "?directory=x"] {
            assert_eq!(key.upload(&format!("{FILES}{wrong}"), "a.txt", "een", &[]).await.faulty_fields(), ["directory"], "{wrong}");
        }
        assert_eq!(key.post(FILES, json!({ "name": "" })).await.faulty_fields(), ["file"]);
        key.call(Method::POST, FILES, None).await.expect(415);
    }

    async fn directories_end_at_a_depth(server: &Server) {
        let key = server.portal().await.key().await;
        let mut place = FILES.to_owned();
        for _ in 0..20 {
            let made = key.post(&place, json!({ "name": "x" })).await.expect(200);
            place = format!("{FILES}?directory={}", id(&made));
        }
        let request = key.post(&place, json!({ "name": "x" })).await;
        assert_eq!(request.faulty_fields(), ["directory"]);
        key.upload(&place, "a.txt", "een", &[]).await.expect(200);
    }

    async fn another_portals_files_are_out_of_reach(server: &Server) {
        let (key, stranger) = (server.portal().await.key().await, server.portal().await.key().await);
        let (file, own) = (upload(&key, "geheim.txt", "een").await, directory(&key, "Geheim").await);
        stranger.get(&path(&file)).await.expect(404);
        stranger.get(&format!("{}/download", path(&file))).await.expect(404);
        stranger.delete(&path(&file)).await.expect(404);
        let within = format!("?directory={}", id(&own));
        assert!(names(&stranger, &within).await.is_empty() && names(&stranger, "?search=geheim").await.is_empty());
        assert_eq!(stranger.upload(&format!("{FILES}{within}"), "a.txt", "een", &[]).await.faulty_fields(), ["directory"]);
        assert_eq!(stranger.post(&format!("{FILES}{within}"), json!({ "name": "a" })).await.faulty_fields(), ["directory"]);
        stranger.get(&format!("{FILES}/{}", missing(id(&file)))).await.expect(404);
        assert_eq!(names(&key, "").await, ["Geheim", "geheim.txt"]);
    }

    async fn limits_hold_under_concurrent_uploads(engine: Engine) {
        let flags = ["--max-files-per-portal=12", "--max-file-megabytes-per-portal=3", "--max-file-megabytes=2", "--default-rate-limit=0"];
        let server = InProcess::start_with(engine, |_| flags.map(str::to_owned).to_vec()).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        let megabyte = vec![b'x'; 1_000_000];
        let answers = join_all((0..8).map(|_| key.upload(FILES, "groot.txt", &megabyte, &[]))).await;
        let good = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(good, 3);
        let refused = answers.iter().find(|answer| answer.status != 200).unwrap().expect(409);
        assert!(refused["message"].as_str().unwrap().contains("max-file-megabytes-per-portal"), "{refused}");
        // What was refused has left nothing.
        assert_eq!(contents(&server, portal.id.as_str()).len(), 3);
        let answers = join_all((0..20).map(|_| key.post(FILES, json!({ "name": "Map" })))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 9);
        assert!(answers.iter().any(|answer| answer.status == 409 && answer.text().contains("max-files-per-portal")));
        let mut all: Vec<String> = Vec::new();
        for page in 1..=2 {
            all.extend(names(&key, &format!("?per_page=10&page={page}")).await);
        }
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 12, "no two have the same name: {all:?}");
        let first = key.get(&format!("{FILES}?search=groot&per_page=1")).await.expect(200)["data"][0].clone();
        key.delete(&path(&first)).await.expect_nothing();
        upload(&key, "weer.txt", &megabyte).await;
        let other = server.portal().await.key().await;
        assert_eq!(other.upload(FILES, "a", vec![b'x'; 2_000_001], &[]).await.faulty_fields(), ["file"]);
    }

    async fn an_upload_without_room_is_refused_before_it_came(engine: Engine) {
        let flags = ["--max-file-megabytes-per-portal=10", "--max-file-megabytes=1000"];
        let server = Server::start(engine, &flags).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let address = server.url.strip_prefix("http://").unwrap().to_owned();
        let (kind, whole) = upload_of("groot.bin", b"", &[]);
        let head = whole.strip_suffix(b"\r\n--grens--\r\n").unwrap().to_vec();
        // Of 900 MB nothing comes, as their sender waits to be told to go on.
        let refused = {
            let mut stream = TcpStream::connect(&address).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
            write!(stream, "POST {FILES} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nContent-Type: {kind}\r\nContent-Length: 900000000\r\nExpect: 100-continue\r\n\r\n", key.token).unwrap();
            let mut answer = String::new();
            let _ = stream.read_to_string(&mut answer);
            answer
        };
        assert!(refused.starts_with("HTTP/1.1 409 ") && refused.contains("max-file-megabytes-per-portal"), "{refused}");
        // Without a length, reading ends where the room does.
        let sent = Arc::new(AtomicUsize::new(0));
        let counter = sent.clone();
        let piece = vec![7_u8; 1_000_000];
        let pieces = std::iter::once(head).chain(std::iter::repeat_n(piece, 500));
        let pieces = futures_util::stream::iter(pieces.map(Ok::<_, std::io::Error>))
            .inspect(move |_| { counter.fetch_add(1, Ordering::Relaxed); });
        let request = key.request(Method::POST, FILES).header("content-type", &kind).body(reqwest::Body::wrap_stream(pieces));
        if let Ok(answer) = request.send().await {
            assert_eq!(answer.status(), 409);
        }
        assert!(sent.load(Ordering::Relaxed) < 100, "{sent:?} megabytes");
        // What was carried out is not refused when it is repeated.
        let (kind, body) = upload_of("een.bin", &vec![b'x'; 9_000_000], &[]);
        let send = async || {
            let request = key.request(Method::POST, FILES).header("content-type", &kind).header("idempotency-key", "een");
            Answer::to(request.body(body.clone())).await.expect(200)
        };
        assert_eq!(id(&send().await), id(&send().await));
        // A page says the same.
        let form = browser.page("/manage/files").await.form_to("/manage/files/upload");
        let mut page = Vec::new();
        for (name, value) in &form.fields {
            page.extend(format!("--grens\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").into_bytes());
        }
        page.extend(upload_of("twee.bin", &vec![b'x'; 1_200_000], &[]).1);
        let answer = browser.post_raw("/manage/files/upload", &kind, page, &[]).await;
        assert!(answer.status == 409 && answer.text().contains("max-file-megabytes-per-portal"), "{answer}");
        assert_eq!(names(&key, "").await, ["een.bin"]);
    }

    async fn of_an_upload_that_breaks_off_nothing_is_left(server: &Server) {
        let portal = server.portal().await;
        let key = portal.key().await;
        let (kind, body) = upload_of("half.txt", &vec![b'x'; 3_000_000], &[]);
        let address = server.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "POST {FILES} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n", key.token, body.len()).unwrap();
        stream.write_all(&body[..2_000_000]).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(names(&key, "").await.is_empty());
        assert!(contents(server, portal.id.as_str()).iter().all(|path| !path.to_str().unwrap().contains(portal.id.as_str())));
        assert_eq!(std::fs::read_dir(server.database.folder().join("uploads")).map_or(0, Iterator::count), 0);
    }

    async fn a_large_file_goes_in_and_out_in_little_memory(engine: Engine) {
        let server = Server::start(engine, &[]).await;
        let key = server.portal().await.key().await;
        upload(&key, "klein.txt", "een").await;
        let before = peak_memory(&server);
        let (kind, whole) = upload_of("groot.bin", b"", &[]);
        let (head, end) = whole.split_at(whole.len() - "\r\n--grens--\r\n".len());
        let piece = vec![7_u8; 1_000_000];
        let pieces = std::iter::once(head.to_vec()).chain(std::iter::repeat_n(piece, 150)).chain([end.to_vec()]);
        let pieces = futures_util::stream::iter(pieces.map(Ok::<_, std::io::Error>));
        let request = key.request(Method::POST, FILES).header("content-type", kind).body(reqwest::Body::wrap_stream(pieces));
        let file = Answer::to(request).await.expect(200);
        assert_eq!(file["size"], 150_000_000);
        let mut answer = server.nobody().request(Method::GET, &link(&key, &file).await).send().await.unwrap();
        let mut length = 0;
        while let Some(piece) = answer.chunk().await.unwrap() {
            assert!(piece.iter().all(|byte| *byte == 7));
            length += piece.len();
        }
        assert_eq!(length, 150_000_000);
        let grown = peak_memory(&server) - before;
        assert!(grown < 64_000, "{grown} kB more");
    }

    async fn a_repeated_upload_makes_one_file(server: &Server) {
        let portal = server.portal().await;
        let key = portal.key().await;
        let (kind, body) = upload_of("een.txt", b"een", &[]);
        let mut ids = Vec::new();
        for _ in 0..3 {
            let request = key.request(Method::POST, FILES).header("content-type", &kind).header("idempotency-key", "een").body(body.clone());
            ids.push(id(&Answer::to(request).await.expect(200)).to_owned());
        }
        ids.dedup();
        assert_eq!((ids.len(), names(&key, "").await.len()), (1, 1));
        until_contents(server, portal.id.as_str(), 1).await;
    }

    async fn a_killed_server_leaves_nothing_visible_and_all_that_was_answered(engine: Engine) {
        let server = Server::start(engine, &[]).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        let content = vec![b'x'; 500_000];
        let done = upload(&key, "klaar.txt", &content).await;
        let kept = std::sync::Mutex::new(vec![id(&done).to_owned()]);
        let uploads = async {
            loop {
                let (kind, body) = upload_of("onderweg.txt", &content, &[]);
                let request = key.request(Method::POST, FILES).header("content-type", kind).body(body);
                let Ok(answer) = request.send().await else { return };
                let Ok(row) = answer.json::<Value>().await else { return };
                kept.lock().unwrap().push(id(&row).to_owned());
            }
        };
        let kill = async {
            until("some were uploaded", async || kept.lock().unwrap().len() > 3).await;
            tokio::task::spawn_blocking(move || server.end("KILL").2).await.unwrap()
        };
        let ((), database) = tokio::join!(uploads, kill);
        let server = Server::start_on(database, &[]).await;
        let key = Key::new(&key.id, &key.token, server.bearer(&key.token));
        let kept = kept.into_inner().unwrap();
        for id in kept {
            let file = key.get(&format!("{FILES}/{id}")).await.expect(200);
            assert!(open(&server, &link(&key, &file).await, &[]).await.bytes == content);
        }
        // Nor is anything listed that can't be downloaded.
        let mut next = Some(format!("{FILES}?per_page=100"));
        while let Some(page) = next {
            let list = key.get(&page).await.expect(200);
            for file in list["data"].as_array().unwrap() {
                assert!(open(&server, &link(&key, file).await, &[]).await.bytes == content, "{file}");
            }
            next = list["next_page_url"].as_str().map(str::to_owned);
        }
    }

    async fn contents_without_rows_are_removed_after_a_safe_time(engine: Engine) {
        let server = InProcess::start(engine).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        let file = upload(&key, "a.txt", "een").await;
        let folder = server.database.folder().join("files").join(portal.id.as_str());
        std::fs::write(folder.join("fsf_zonderrij"), "twee").unwrap();
        std::fs::write(server.database.folder().join("files/incoming/half"), "dr").unwrap();
        clean_up(&server, 1).await;
        assert_eq!(contents(&server, portal.id.as_str()).len(), 3, "they may be about to get a row");
        clean_up(&server, 3).await;
        assert_eq!(contents(&server, portal.id.as_str()).len(), 2);
        clean_up(&server, 25).await;
        assert_eq!(contents(&server, portal.id.as_str()), [folder.join(id(&file))]);
    }

    async fn with_a_portal_its_contents_are_removed(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, other) = (server.portal().await, server.portal().await);
        upload(&portal.key().await, "a.txt", "een").await;
        upload(&other.key().await, "b.txt", "twee").await;
        let delete = "UPDATE portals SET deleted_at = 1 WHERE id = ?1";
        server.db.execute(delete, &[portal.id.to_param()]).await.unwrap();
        let cleaner: Cleaner = server.cleaner();
        remove_deleted(&cleaner, 400, jiff::Timestamp::now()).await.unwrap();
        clean_up(&server, 3).await;
        assert!(!server.database.folder().join("files").join(portal.id.as_str()).exists());
        assert_eq!(contents(&server, other.id.as_str()).len(), 1);
    }

    async fn a_lost_content_is_told_and_the_doctor_names_it(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let file = upload(&key, "weg.txt", "een").await;
        let link = link(&key, &file).await;
        std::fs::remove_file(server.database.folder().join("files").join(portal.id.as_str()).join(id(&file))).unwrap();
        let answer = open(server, &link, &[]).await;
        assert!(answer.status == 410 && answer.text().contains("beschadigd of verdwenen"), "{answer}");
        let page = browser.page(&format!("/manage/files/{}", id(&file))).await;
        assert!(page.says("beschadigd of verdwenen") && !page.says("/download\""), "{}", page.html);
        assert_eq!(browser.get(&format!("/manage/files/{}/download", id(&file))).await.status, 409);
        let found = server.cli(&["doctor"]);
        assert!(found.stdout.contains("fault: files: ") && found.stdout.contains(id(&file)), "{}", found.stdout);
        key.delete(&path(&file)).await.expect_nothing();
        assert!(!server.cli(&["doctor"]).stdout.contains(id(&file)));
    }

    async fn people_upload_rename_download_and_delete(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        assert!(browser.page("/manage/files").await.says("Hier staat nog niets"));
        send_files(&browser, "/manage/files", &[("een.txt", b"een"), ("foto.png", b"\x89PNG\r\n\x1a\n...")]).await;
        assert_eq!(names(&key, "").await, ["een.txt", "foto.png"]);
        let form = browser.page("/manage/files/new").await.form().with("name", "Foto's");
        let made = form.send(&browser).await;
        let within = made.header("location").unwrap_or_else(|| panic!("{made}")).to_owned();
        send_files(&browser, &within, &[("een.txt", b"ander")]).await;
        let page = browser.page(&within).await;
        assert!(page.says("een.txt") && !page.says("foto.png"), "{}", page.html);
        let picture = key.get("/v1/files?search=foto&sort=-size").await.expect(200)["data"].clone();
        let picture = picture.as_array().unwrap().iter().find(|row| row["type"] == "file").unwrap().clone();
        let own = format!("/manage/files/{}", id(&picture));
        assert!(browser.page(&own).await.says(&format!("src=\"{own}/preview\"")));
        let preview = browser.get(&format!("{own}/preview")).await;
        assert!(preview.header("content-disposition").unwrap().starts_with("inline"), "{:?}", preview.headers);
        let download = browser.get(&format!("{own}/download")).await;
        assert!(download.header("content-disposition").unwrap().starts_with("attachment"), "{:?}", download.headers);
        assert!(download.header("content-security-policy").unwrap().contains("sandbox"));
        assert_eq!(Browser::new(&server.url).get(&format!("{own}/download")).await.status, 303, "only for members");
        let form = browser.page(&format!("{own}/rename")).await.form();
        let taken = form.clone().with("name", "EEN.txt").send(&browser).await;
        assert!(taken.text().contains("Er staat hier al iets met deze naam"), "{taken}");
        assert_eq!(form.with("name", "meterkast.png").send(&browser).await.status, 303);
        assert_eq!(key.get(&path(&picture)).await.expect(200)["name"], "meterkast.png");
        let directory = within.rsplit('/').next().unwrap();
        let refused = browser.page(&format!("/manage/files/{directory}/delete")).await.form().send(&browser).await;
        assert!(refused.text().contains("Deze map is niet leeg"), "{refused}");
        let gone = browser.page(&format!("{own}/delete")).await.form().send(&browser).await;
        assert_eq!((gone.status, gone.header("location")), (303, Some("/manage/files")), "{gone}");
        key.get(&path(&picture)).await.expect(404);
        let rename = browser.page(&format!("/manage/files/{directory}/rename")).await.form().with("name", "Foto");
        assert_eq!(rename.send(&browser).await.status, 303);
        let file = key.get(&format!("/v1/files?directory={directory}")).await.expect(200)["data"][0].clone();
        key.delete(&path(&file)).await.expect_nothing();
        browser.page(&format!("/manage/files/{directory}/delete")).await.form().send(&browser).await;
        let sql = "SELECT action AS value FROM audit_events WHERE portal_id = ?1";
        let told: Vec<Single<String>> = server.db.rows(sql, &[portal.id.to_param()]).await.unwrap();
        for action in ["file_added", "file_renamed", "file_deleted", "directory_created", "directory_renamed", "directory_deleted"] {
            assert!(told.iter().any(|Single(known)| known == action), "{action}");
        }
    }

    async fn a_form_that_is_sent_twice_adds_its_files_once(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let form = browser.page("/manage/files").await.form_to("/upload");
        let files: [(&str, &[u8]); 3] = [("a.txt", b""), ("b.txt", b""), ("c.txt", b"drie")];
        let twins = [Browser::twin(&browser), Browser::twin(&browser)];
        join_all(twins.iter().map(|twin| send_form(twin, &form, &files))).await;
        send_form(&browser, &form, &files).await;
        assert_eq!(names(&key, "").await, ["a.txt", "b.txt", "c.txt"]);
        assert_eq!(contents(server, portal.id.as_str()).len(), 3);
        // With the button back, and another file.
        send_form(&browser, &form, &[("d.txt", b"vier")]).await;
        assert_eq!(names(&key, "").await, ["a.txt", "b.txt", "c.txt", "d.txt"]);
        for (name, content) in [("a.txt", &b""[..]), ("c.txt", b"drie"), ("d.txt", b"vier")] {
            let found = key.get(&format!("{FILES}?search={name}")).await.expect(200)["data"][0].clone();
            assert_eq!(open(server, &link(&key, &found).await, &[]).await.bytes, content, "{name}");
        }
        let form = browser.page("/manage/files/new").await.form().with("name", "Foto's");
        let made = join_all(twins.iter().map(|twin| form.send(twin))).await;
        assert_eq!(made[0].header("location"), made[1].header("location"));
        assert_eq!(names(&key, "").await.len(), 5);
    }

    async fn a_form_without_a_file_says_what_is_missing(server: &Server) {
        let (_, browser) = server.portal_and_browser().await;
        let page = browser.page("/manage/files").await.form_to("/manage/files/upload").send(&browser).await;
        assert!(page.text().contains("Kies eerst een bestand"), "{page}");
    }
}

/// Sends files by the form of a directory's page.
async fn send_files(browser: &Browser, page: &str, files: &[(&str, &[u8])]) {
    send_form(browser, &browser.page(page).await.form_to("/upload"), files).await;
}

async fn send_form(browser: &Browser, form: &FilledForm, files: &[(&str, &[u8])]) {
    let answer = form.send_with(browser, files).await;
    assert_eq!(answer.status, 303, "{answer}");
}

/// The most memory that a server has held so far, in kilobytes.
pub fn peak_memory(server: &Instance) -> u64 {
    let folder = server.database.folder().to_str().unwrap();
    let is_server = |process: &PathBuf| {
        let line = std::fs::read_to_string(process.join("cmdline")).unwrap_or_default();
        let mut words = line.split('\0');
        words.next().is_some_and(|program| program.ends_with("klantportaal"))
            && words.any(|word| word == folder)
    };
    let mut processes = std::fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    let process = processes.find(is_server).expect("the server runs");
    let status = std::fs::read_to_string(process.join("status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
