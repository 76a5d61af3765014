//! PDFs on the page of their file: what is shown in a frame, to whom, and what never is.

use reqwest::Method;
use serde_json::json;

use crate::file_shares::{file, public, share};
use crate::support::{Answer, Browser};

/// What browsers take for a PDF; the rest of it is a page that would run a script.
const POLYGLOT: &str = "%PDF-1.7\n<html><script>alert(1)</script></html>\n";

fn policy(answer: &Answer) -> &str {
    answer.header("content-security-policy").unwrap()
}

/// Expects that browsers save what is sent, and that nobody frames it.
#[track_caller]
fn expect_saved(answer: &Answer) {
    assert_eq!(answer.status, 200, "{answer}");
    assert!(answer.header("content-disposition").unwrap().starts_with("attachment;"), "{answer}");
    assert!(policy(answer).contains("sandbox"), "{answer}");
    assert!(policy(answer).contains("frame-ancestors 'none'"), "{answer}");
    assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{answer}");
}

both_engines! {
    async fn a_pdf_is_shown_in_a_frame_of_its_page_and_nowhere_else(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let id = file(&portal.key().await, "Offerte.pdf", POLYGLOT).await;
        let own = format!("/manage/files/{id}");
        let preview = format!("{own}/preview");
        let page = browser.get(&own).await;
        assert!(page.text().contains(&format!("<iframe src=\"{preview}\" title=\"Voorbeeld van Offerte.pdf\"")), "{page}");
        assert!(page.text().contains(&format!("href=\"{preview}\" target=\"_blank\"")), "{page}");
        assert!(page.text().contains(&format!("href=\"{own}/download\"")), "{page}");
        assert!(policy(&page).contains("; frame-src 'self';") && policy(&page).contains("frame-ancestors 'none'"), "{page}");
        for other in ["/manage/files", &format!("{own}/rename"), "/manage"] {
            let answer = browser.get(other).await;
            assert!(answer.status == 200 && !policy(&answer).contains("frame-src"), "{answer}");
        }

        let shown = browser.get(&preview).await;
        assert_eq!((shown.status, shown.text()), (200, POLYGLOT.to_owned()), "{shown}");
        assert_eq!(shown.header("content-disposition"), Some("inline; filename=\"Offerte.pdf\"; filename*=UTF-8''Offerte.pdf"));
        for (name, value) in [("content-type", "application/pdf"), ("x-content-type-options", "nosniff"), ("x-frame-options", "SAMEORIGIN"), ("accept-ranges", "bytes"), ("cross-origin-resource-policy", "same-origin")] {
            assert_eq!(shown.header(name), Some(value), "{name}: {shown}");
            assert_eq!(shown.headers.get_all(name).iter().count(), 1, "{name}: {shown}");
        }
        assert_eq!(policy(&shown), "default-src 'none'; object-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'");
        let part = browser.get_with(&preview, ("range", "bytes=0-4")).await;
        assert_eq!((part.status, part.text(), part.header("content-range")), (206, "%PDF-".to_owned(), Some(&*format!("bytes 0-4/{}", POLYGLOT.len()))), "{part}");
        assert_eq!(part.header("x-frame-options"), Some("SAMEORIGIN"), "{part}");
        let again = browser.get_with(&preview, ("if-none-match", shown.header("etag").unwrap())).await;
        assert_eq!((again.status, again.header("x-frame-options")), (304, Some("SAMEORIGIN")), "{again}");
        expect_saved(&browser.get(&format!("{own}/download")).await);
    }

    async fn a_pdf_is_shown_to_members_of_its_portal_only(server: &Server) {
        let key = server.portal().await.key().await;
        let id = file(&key, "Offerte.pdf", POLYGLOT).await;
        let preview = format!("/manage/files/{id}/preview");
        assert_eq!(Browser::new(&server.url).get(&preview).await.status, 303);
        let (_, stranger) = server.portal_and_browser().await;
        let refused = stranger.get(&preview).await;
        assert_eq!((refused.status, refused.header("x-frame-options")), (404, Some("DENY")), "{refused}");
        // Whoever has a link saves it.
        let link = key.get(&format!("/v1/files/{id}/download")).await.expect(200);
        expect_saved(&Answer::to(server.nobody().request(Method::GET, link["link"].as_str().unwrap())).await);
        let shared = share(&key, json!({ "content": [id] })).await;
        let guest = Browser::new(&server.url);
        let page = guest.page(&public(&shared)).await;
        assert!(!page.says("<iframe"), "{}", page.html);
    }

    async fn what_is_called_a_pdf_but_is_another_thing_is_never_shown(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        for content in ["<html><script>alert(1)</script></html>", "\n%PDF-1.7 <html>", "%pdf-1.7 <html>", " %PDF-1.7", "<svg/>%PDF-"] {
            let id = file(&key, "Offerte.pdf", content).await;
            let own = format!("/manage/files/{id}");
            let page = browser.get(&own).await;
            assert!(page.status == 200 && !page.text().contains("/preview"), "{page}");
            assert!(!policy(&page).contains("frame-src"), "{page}");
            let answer = browser.get(&format!("{own}/preview")).await;
            expect_saved(&answer);
            assert_eq!(answer.header("content-type"), Some("text/plain"), "{answer}");
        }
    }

    async fn a_pdf_without_its_content_has_no_frame(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let id = file(&portal.key().await, "Offerte.pdf", POLYGLOT).await;
        std::fs::remove_file(server.database.folder().join("files").join(portal.id.as_str()).join(&id)).unwrap();
        let page = browser.get(&format!("/manage/files/{id}")).await;
        assert!(page.text().contains("beschadigd of verdwenen") && !page.text().contains("/preview"), "{page}");
        assert!(!policy(&page).contains("frame-src"), "{page}");
        let answer = browser.get(&format!("/manage/files/{id}/preview")).await;
        assert_eq!((answer.status, answer.header("x-frame-options")), (409, Some("DENY")), "{answer}");
    }
}
