//! Contents of files on an S3 server. Both engines have the same rows, so these run on SQLite only.

use std::time::Duration;

use jiff::SignedDuration;
use klantportaal::db::ToParam;
use klantportaal::maintenance::remove_orphans;
use klantportaal::removal::remove_deleted;
use reqwest::Method;
use serde_json::{Value, json};

use crate::files_in_parts::{PART, Script, content_of, file_of, new_id};
use crate::support::{
    Answer, BUCKET, Database, Engine, InProcess, Instance, Key, OwnPrefix, Ran, SECRET, STRANGER,
    Server, Storage, block_on, free_address, klantportaal, until, upload_of,
};

const FILES: &str = "/v1/files";

async fn server(place: &OwnPrefix) -> Server {
    let flags = place.flags();
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    Server::start(Engine::Sqlite, &flags).await
}

fn id(row: &Value) -> &str {
    row["id"].as_str().unwrap()
}

async fn upload(key: &Key, name: &str, content: impl AsRef<[u8]>) -> Value {
    key.upload(FILES, name, content, &[]).await.expect(200)
}

/// The content of a file, or what the server says instead; perhaps a range.
async fn download(server: &Instance, key: &Key, id: &str, range: Option<&str>) -> Answer {
    let link = key.get(&format!("{FILES}/{id}/download")).await.expect(200);
    let request = server.nobody().request(Method::GET, link["link"].as_str().unwrap());
    let request = range.into_iter().fold(request, |request, range| request.header("range", range));
    Answer::unchecked(request).await
}

/// Waits until there are so many objects.
async fn until_objects(place: &OwnPrefix, count: usize) {
    until("there are so many objects", async || place.objects().await.len() == count).await;
}

#[test]
fn a_file_is_stored_in_parts_sent_in_ranges_and_removed() {
    block_on(async {
        let place = Storage::own_prefix().await;
        let server = server(&place).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        // Three parts, the last one short.
        let content: Vec<u8> = (0..4_500_000_u32).flat_map(u32::to_le_bytes).collect();
        let large = upload(&key, "groot.bin", &content).await;
        let small = upload(&key, "klein.txt", "een").await;
        let empty = upload(&key, "leeg.txt", "").await;
        let mut names = [&large, &small, &empty].map(|row| format!("{}/{}", portal.id, id(row)));
        names.sort();
        assert_eq!(place.objects().await, names);
        assert_eq!(place.unfinished().await, 0);
        assert!(download(&server, &key, id(&large), None).await.bytes == content);
        let part = download(&server, &key, id(&large), Some("bytes=8388600-8388619")).await;
        assert_eq!(
            (part.status, part.header("content-range")),
            (206, Some("bytes 8388600-8388619/18000000"))
        );
        assert_eq!(part.bytes, content[8_388_600..8_388_620]);
        assert_eq!(download(&server, &key, id(&small), None).await.text(), "een");
        assert_eq!(download(&server, &key, id(&empty), None).await.bytes.len(), 0);
        let doctor = server.cli(&[&["doctor"][..], &strs(&place.flags())].concat());
        assert!(!doctor.stdout.contains("fault: files"), "{}", doctor.stdout);
        place.lose(&format!("{}/{}", portal.id, id(&small))).await;
        assert_eq!(download(&server, &key, id(&small), None).await.status, 410);
        let doctor = server.cli(&[&["doctor"][..], &strs(&place.flags())].concat());
        assert!(doctor.stdout.contains(id(&small)), "{}", doctor.stdout);
        for row in [&large, &small, &empty] {
            key.delete(&format!("{FILES}/{}", id(row))).await.expect_nothing();
        }
        until_objects(&place, 0).await;
    });
}

fn strs(flags: &[String]) -> Vec<&str> {
    flags.iter().map(String::as_str).collect()
}

#[test]
fn wrong_settings_are_told_at_the_start_and_by_the_doctor() {
    block_on(async {
        let place = Storage::own_prefix().await;
        let database = Database::up_to_date(Engine::Sqlite).await;
        let server = Server::start_on(database, &[]).await;
        let (store, endpoint) =
            (format!("--files-store={}", place.place()), &place.credentials()[0]);
        let (key, secret) =
            ("--s3-access-key-id=sleutel", format!("--s3-secret-access-key={SECRET}"));
        let stranger = format!("--s3-access-key-id={STRANGER}");
        for (flags, said) in [
            (vec![store.as_str(), endpoint], "need s3-access-key-id and s3-secret-access-key"),
            (
                vec![&store, endpoint, key, "--s3-secret-access-key=fout"],
                "correct s3-secret-access-key",
            ),
            (
                vec![&store, endpoint, "--s3-access-key-id=onbekend", &secret],
                "correct s3-access-key-id",
            ),
            (vec![&store, endpoint, &stranger, &secret], "let the key list the bucket"),
            (
                vec!["--files-store=s3://bestaat-niet/a", endpoint, key, &secret],
                "create the bucket",
            ),
        ] {
            // Where it can't listen, so that it ends in any case.
            let taken = format!("--listen={}", server.url.strip_prefix("http://").unwrap());
            let started = server.cli(&[&["serve", &taken][..], &flags].concat());
            assert!(!started.success && started.stderr.contains(said), "{said}: {started:?}");
            assert!(!started.stderr.contains(SECRET), "{started:?}");
            let doctor = server.cli(&[&["doctor"][..], &flags].concat());
            assert_eq!(doctor.code, Some(2));
            let told = doctor.stdout.contains("fault: files: ") && doctor.stdout.contains(said);
            assert!(told, "{said}: {}", doctor.stdout);
        }
    });
}

#[test]
fn while_the_server_is_away_files_are_unavailable_and_the_rest_works() {
    block_on(async {
        let server = Server::start(Engine::Sqlite, &[]).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        let file = upload(&key, "a.txt", "een").await;
        let (_, _, database) = server.end("TERM");
        // As if the contents were moved, and then the network fails.
        let endpoint = format!("--s3-endpoint=http://{}", free_address());
        let store = format!("--files-store=s3://{BUCKET}/a");
        let flags = [&store, &endpoint, "--s3-access-key-id=een", "--s3-secret-access-key=twee"];
        let server = Server::start_on(database, &flags).await;
        assert!(server.log().contains("files can't be uploaded or downloaded until it can"));
        let key = Key::new(&key.id, &key.token, server.bearer(&key.token));
        let unavailable = "The files are temporarily unavailable";
        let refused = key.upload(FILES, "b.txt", "twee", &[]).await;
        assert_eq!((refused.status, refused.header("retry-after")), (503, Some("10")), "{refused}");
        assert!(refused.text().contains(unavailable), "{refused}");
        let missed = download(&server, &key, id(&file), None).await;
        assert_eq!((missed.status, missed.header("retry-after")), (503, Some("10")), "{missed}");
        assert_eq!(key.get(FILES).await.expect(200)["data"].as_array().unwrap().len(), 1);
        let doctor = server.cli(&[&["doctor"][..], &flags].concat());
        assert!(doctor.stdout.contains("the S3 server can't be used now"), "{}", doctor.stdout);
    });
}

async fn clean_up(server: &InProcess, hours: i64) {
    let now = jiff::Timestamp::now() + SignedDuration::from_hours(hours);
    remove_orphans(&server.cleaner(), &server.server.objects, now).await.unwrap();
}

#[test]
fn what_has_no_row_is_removed_after_a_safe_time() {
    block_on(async {
        let (place, other) = (Storage::own_prefix().await, Storage::own_prefix().await);
        let server = InProcess::start_with(Engine::Sqlite, |_| place.flags()).await;
        let (portal, removed) = (server.portal().await, server.portal().await);
        let key = portal.key().await;
        let file = upload(&key, "a.txt", "een").await;
        upload(&removed.key().await, "b.txt", "twee").await;
        // An upload whose row is gone, as if the server was killed before it was written.
        upload(&key, "zonder.txt", "drie").await;
        let delete = "DELETE FROM files WHERE name = 'zonder.txt'";
        server.db.execute(delete, &[]).await.unwrap();
        let delete = "UPDATE portals SET deleted_at = 1 WHERE id = ?1";
        server.db.execute(delete, &[removed.id.to_param()]).await.unwrap();
        remove_deleted(&server.cleaner(), 400, jiff::Timestamp::now()).await.unwrap();
        for place in [&place, &other] {
            place.begin_upload(&format!("{}/fsf_half", portal.id)).await;
            assert_eq!(place.unfinished().await, 1);
        }
        clean_up(&server, 23).await;
        assert_eq!(place.unfinished().await, 1, "it may still be going on");
        clean_up(&server, 25).await;
        assert_eq!(place.unfinished().await, 0);
        assert_eq!(place.objects().await.len(), 3, "they may be about to get a row");
        clean_up(&server, 27).await;
        assert_eq!(place.objects().await, [format!("{}/{}", portal.id, id(&file))]);
        assert_eq!(other.unfinished().await, 1, "another prefix is somebody else's");
        assert_eq!(download(&server, &key, id(&file), None).await.text(), "een");
    });
}

#[test]
fn a_killed_server_leaves_nothing_visible_and_what_it_left_is_removed() {
    block_on(async {
        let place = Storage::own_prefix().await;
        let server = server(&place).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        // In parts, so that it is killed in the middle of one.
        let content = vec![b'x'; 10_000_000];
        let done = id(&upload(&key, "klaar.bin", &content).await).to_owned();
        let kept = std::sync::Mutex::new(vec![done]);
        let (first, reached) = tokio::sync::oneshot::channel();
        let mut first = Some(first);
        let uploads = async {
            loop {
                let (kind, body) = upload_of("onderweg.bin", &content, &[]);
                let request = key.request(Method::POST, FILES).header("content-type", kind);
                let Ok(answer) = request.body(body).send().await else { return };
                let Ok(row) = answer.json::<Value>().await else { return };
                kept.lock().unwrap().push(id(&row).to_owned());
                if let Some(first) = first.take() {
                    first.send(()).unwrap();
                }
            }
        };
        let kill = async {
            reached.await.unwrap();
            tokio::time::sleep(Duration::from_millis(rand::random_range(0..600))).await;
            tokio::task::spawn_blocking(move || server.end("KILL").2).await.unwrap()
        };
        let ((), database) = tokio::join!(uploads, kill);
        let flags = place.flags();
        let server = Server::start_on(database, &strs(&flags)).await;
        let key = Key::new(&key.id, &key.token, server.bearer(&key.token));
        for id in kept.into_inner().unwrap() {
            assert!(download(&server, &key, &id, None).await.bytes == content);
        }
        let list = key.get(&format!("{FILES}?per_page=100")).await.expect(200);
        let listed = list["data"].as_array().unwrap();
        for file in listed {
            assert!(download(&server, &key, id(file), None).await.bytes == content, "{file}");
        }
        let objects = klantportaal::objects::Objects::from_settings(
            &InProcess::settings(&flags).files,
            server.database.folder(),
        );
        let later = jiff::Timestamp::now() + SignedDuration::from_hours(27);
        remove_orphans(&server.cleaner(), &objects.unwrap(), later).await.unwrap();
        let mut rows: Vec<String> =
            listed.iter().map(|row| format!("{}/{}", portal.id, id(row))).collect();
        rows.sort();
        assert_eq!((place.objects().await, place.unfinished().await), (rows, 0));
    });
}

#[test]
fn what_is_of_a_portal_that_the_database_does_not_know_is_left_alone() {
    block_on(async {
        let place = Storage::own_prefix().await;
        let flags = place.flags();
        let server = Server::start(Engine::Sqlite, &strs(&flags)).await;
        let key = server.portal().await.key().await;
        upload(&key, "blijft.txt", b"van een ander").await;
        let other = InProcess::start_with(Engine::Sqlite, |_| flags.clone()).await;
        let later = jiff::Timestamp::now() + SignedDuration::from_hours(27);
        remove_orphans(&other.cleaner(), &other.server.objects, later).await.unwrap();
        assert_eq!(place.objects().await.len(), 1);
    });
}

/// `files move-to` with what it prints.
fn move_to(server: &Server, place: &str, further: &[&str], flags: &[String]) -> Ran {
    server.cli(&[&["files", "move-to", place][..], further, &strs(flags)].concat())
}

#[test]
fn files_move_both_ways_and_an_interrupted_move_goes_on() {
    block_on(async {
        let place = Storage::own_prefix().await;
        let server = Server::start(Engine::Sqlite, &[]).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        let large = vec![b'g'; 9_000_000];
        let first = id(&upload(&key, "groot.bin", &large).await).to_owned();
        let second = id(&upload(&key, "klein.txt", "een").await).to_owned();
        let on_disk = server.database.folder().join("files").join(portal.id.as_str());
        let (bucket, credentials) = (place.place(), place.credentials());

        let moved = move_to(&server, &bucket, &[], &credentials);
        assert!(moved.success, "{moved:?}");
        assert!(moved.stderr.contains("2 of 2 files, 2 of them copied (9 MB)"), "{moved:?}");
        let told: Value = serde_json::from_str(&moved.stdout).unwrap();
        let expected = json!({ "files": 2, "copied": 2, "copiedBytes": 9_000_003, "present": 0, "damaged": 0 });
        assert_eq!(told, expected);
        assert_eq!(place.objects().await.len(), 2);
        assert_eq!(std::fs::read_dir(&on_disk).unwrap().count(), 2, "the source stays");
        // Beside a running server: what came since is copied by the next one.
        let third = id(&upload(&key, "nieuw.txt", "nieuw").await).to_owned();
        // As if what was verified before had been replaced, and the process before had been killed.
        std::fs::remove_dir_all(server.database.folder().join("copying")).unwrap();
        place.put(&format!("{}/{second}", portal.id), "EEN").await;
        let again = move_to(&server, &bucket, &[], &credentials);
        let told: Value = serde_json::from_str(&again.stdout).unwrap();
        let counts =
            ["files", "copied", "present", "damaged"].map(|name| told[name].as_u64().unwrap());
        assert_eq!(counts, [3, 2, 1, 0], "{again:?}");

        // A content that is nowhere, and one that is not what it was.
        std::fs::write(on_disk.join(&third), "anders").unwrap();
        place.lose(&format!("{}/{third}", portal.id)).await;
        let damaged = move_to(&server, &bucket, &[], &credentials);
        assert_eq!(damaged.code, Some(2), "{damaged:?}");
        assert!(damaged.stderr.contains(&third) && !damaged.stderr.contains(&first), "{damaged:?}");
        std::fs::write(on_disk.join(&third), "nieuw").unwrap();
        assert!(move_to(&server, &bucket, &[], &credentials).success);

        // The source goes only when the servers read from the new place.
        let too_early =
            move_to(&server, &bucket, &["--from=disk", "--delete-source"], &credentials);
        assert!(!too_early.success && too_early.stderr.contains("files-store"), "{too_early:?}");
        let (_, _, database) = server.end("TERM");
        let flags = place.flags();
        let server = Server::start_on(database, &strs(&flags)).await;
        let key = Key::new(&key.id, &key.token, server.bearer(&key.token));
        let gone = move_to(&server, &bucket, &["--from=disk", "--delete-source"], &flags);
        assert!(gone.success && gone.stdout.contains("\"removed\":3"), "{gone:?}");
        assert!(!on_disk.exists());
        assert!(download(&server, &key, &first, None).await.bytes == large);
        assert_eq!(download(&server, &key, &third, None).await.text(), "nieuw");

        // And back, which also heals what the bucket has lost.
        assert!(move_to(&server, "disk", &[], &flags).success);
        assert_eq!(std::fs::read(on_disk.join(&second)).unwrap(), b"een");
        place.lose(&format!("{}/{second}", portal.id)).await;
        assert_eq!(download(&server, &key, &second, None).await.status, 410);
        assert!(move_to(&server, &bucket, &["--from=disk"], &flags).success);
        assert_eq!(download(&server, &key, &second, None).await.text(), "een");
        let same = move_to(&server, &bucket, &[], &flags);
        assert!(!same.success && same.stderr.contains("already"), "{same:?}");
    });
}

#[test]
fn a_move_that_is_killed_goes_on_where_it_was() {
    block_on(async {
        let place = Storage::own_prefix().await;
        let server = Server::start(Engine::Sqlite, &[]).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        let content = vec![b'x'; 9_000_000];
        for number in 0..6 {
            upload(&key, &format!("{number}.bin"), &content).await;
        }
        let (bucket, credentials) = (place.place(), place.credentials());
        let mut command = klantportaal();
        command.args(["files", "move-to", &bucket]).args(&credentials);
        let mut process = command.args(server.database.flags()).spawn().unwrap();
        until("the first is copied", async || !place.objects().await.is_empty()).await;
        process.kill().unwrap();
        process.wait().unwrap();
        let moved = move_to(&server, &bucket, &[], &credentials);
        assert!(moved.success, "{moved:?}");
        let told: Value = serde_json::from_str(&moved.stdout).unwrap();
        assert_eq!(
            (told["files"].as_u64(), told["damaged"].as_u64()),
            (Some(6), Some(0)),
            "{told}"
        );
        assert!(told["present"].as_u64() >= Some(1), "{told}");
        assert_eq!(place.objects().await.len(), 6);
    });
}

#[test]
fn a_file_in_parts_is_joined_in_the_bucket() {
    block_on(async {
        let place = Storage::own_prefix().await;
        let flags = place.flags();
        let first = server(&place).await;
        let (portal, browser) = first.portal_and_browser().await;
        let (key, script) = (portal.key().await, Script::on_page(browser).await);
        let (own, content) = (new_id(), content_of(2 * PART + 5));
        script.begin(&own, "Film.mp4", content.len()).await.expect(200);
        script.send_from(&own, 0, &content[..2 * PART]).await;
        script.part(&own, 2, &content[PART..2 * PART]).await.expect(200);
        assert_eq!((place.objects().await.len(), place.unfinished().await), (2, 0));
        let (_, _, database) = first.end("KILL");
        let server = Server::start_on(database, &strs(&flags)).await;
        let key = Key::new(&key.id, &key.token, server.bearer(&key.token));
        let script = Script::logged_in(&server, &portal.owner_email).await;
        script.send_from(&own, 2, &content).await;
        let file = file_of(&script.finish(&own).await);
        assert_eq!(file_of(&script.finish(&own).await), file);
        until_objects(&place, 1).await;
        assert_eq!(
            (place.objects().await, place.unfinished().await),
            (vec![format!("{}/{file}", portal.id)], 0)
        );
        assert!(download(&server, &key, &file, None).await.bytes == content);
        let other = new_id();
        script.begin(&other, "Film.mp4", content.len()).await.expect(200);
        script.part(&other, 1, &content[..PART]).await.expect(200);
        assert_eq!(place.objects().await.len(), 2);
        script.cancel(&other).await.expect(200);
        until_objects(&place, 1).await;
    });
}

#[test]
fn uploads_in_parts_go_on_where_files_move_to() {
    block_on(async {
        let place = Storage::own_prefix().await;
        let server = Server::start(Engine::Sqlite, &[]).await;
        let (portal, browser) = server.portal_and_browser().await;
        let (key, script) = (portal.key().await, Script::on_page(browser).await);
        let (own, content) = (new_id(), content_of(2 * PART + 5));
        script.begin(&own, "Film.mp4", content.len()).await.expect(200);
        script.send_from(&own, 0, &content[..PART]).await;
        let (bucket, credentials, flags) = (place.place(), place.credentials(), place.flags());
        let moved = move_to(&server, &bucket, &[], &credentials);
        assert!(moved.success && moved.stdout.contains("\"copied\":1"), "{moved:?}");
        // One more comes to the old place, and the servers begin to use the new one.
        script.send_from(&own, 1, &content[..2 * PART]).await;
        let (_, _, database) = server.end("TERM");
        let server = Server::start_on(database, &strs(&flags)).await;
        let key = Key::new(&key.id, &key.token, server.bearer(&key.token));
        let script = Script::logged_in(&server, &portal.owner_email).await;
        script.send_from(&own, 2, &content).await;
        let refused = script.finish(&own).await.expect(409);
        assert!(refused["message"].as_str().unwrap().contains("verdwenen"), "{refused}");
        assert!(move_to(&server, &bucket, &["--from=disk"], &flags).success);
        let file = file_of(&script.finish(&own).await);
        assert!(download(&server, &key, &file, None).await.bytes == content);
    });
}
