//! Where requests may go.

use klantportaal::db::ToParam;
use serde_json::json;

use super::receiver::Receiver;
use super::{NOWHERE, create};
use crate::customers::fields;
use crate::support::{InProcess, Key, until};

/// Addresses in networks of one's own, in notations that parsers accept.
const INNER: [&str; 26] = [
    "https://127.0.0.1/",
    "https://127.1/",
    "https://0x7f.1/",
    "https://0x7f000001/",
    "https://2130706433/",
    "https://017700000001/",
    "https://0/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://169.254.1.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[fd00:ec2::254]/",
    "https://[fe80::1]/",
    "https://localhost/",
    "https://kassa/",
    "https://kassa.local/",
    "http://hooks.korenaar.example/",
    "http://93.184.216.34/",
    "http://127.0.0.1/",
];

async fn refused(key: &Key, url: &str) {
    let answer = key.post("/v1/webhooks", json!({ "type": "customer-created", "url": url })).await;
    assert_eq!(answer.faulty_fields(), ["url"], "{url}");
}

both_engines! {
    async fn no_webhook_is_made_for_an_address_in_a_network_of_ones_own(server: &Server) {
        let key = server.portal().await.key().await;
        for url in INNER {
            refused(&key, url).await;
        }
        assert_eq!(key.get("/v1/webhooks").await.expect(200)["data"], json!([]));
    }

    async fn the_operator_lets_networks_through_but_never_the_metadata_of_clouds(engine: Engine) {
        let allow = "--webhook-allow=127.0.0.0/8,169.254.0.0/16,::/0".to_owned();
        let server = InProcess::start_with(engine, |_| vec![allow]).await;
        let key = server.portal().await.key().await;
        for url in ["http://127.0.0.1:9/", "https://0x7f.1/", "http://localhost/", "https://169.254.1.1/"] {
            create(&key, "customer-created", url).await;
        }
        for url in ["http://169.254.169.254/", "https://0xa9fea9fe/", "https://[fd00:ec2::254]/", "https://[::ffff:169.254.169.254]/", "https://10.0.0.1/", "http://93.184.216.34/"] {
            refused(&key, url).await;
        }
    }

    /// An address can lead elsewhere than when it was checked.
    async fn the_address_is_checked_again_when_the_connection_is_made(engine: Engine) {
        let (server, receiver) = (InProcess::start(engine).await, Receiver::start().await);
        let key = server.portal().await.key().await;
        for event in ["customer-created", "customer-deleted"] {
            create(&key, event, NOWHERE).await;
        }
        // What a name was resolved to, and a name that leads inside.
        let port = receiver.url.port().unwrap();
        for (event, url) in [("customer-created", format!("https://127.0.0.1:{port}/ok")), ("customer-deleted", format!("https://localhost:{port}/ok"))] {
            let sql = "UPDATE webhooks SET url = ?1 WHERE type = ?2";
            server.db.execute(sql, &[url.to_param(), event.to_param()]).await.unwrap();
        }
        let customer = key.post("/v1/customers", fields("Jansen")).await.expect(200);
        key.delete(&format!("/v1/customers/{}", customer["id"].as_str().unwrap())).await.expect_nothing();
        let refused = "SELECT count(*) AS value FROM webhook_deliveries WHERE fault = 'refused' AND status IS NULL";
        until("both are refused", async || receiver.count(&server, refused).await >= 2).await;
        assert_eq!(receiver.connections(), 0);
    }
}
