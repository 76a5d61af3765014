//! The proxy configurations in the texts. The integration tests run nginx and Caddy with these
//! files.

const NGINX: &str = include_str!("proxies/nginx.conf");
const CADDY: &str = include_str!("proxies/Caddyfile");
const TRAEFIK: &str = include_str!("proxies/traefik.yml");

/// The text with each configuration in its place.
pub(super) fn fill(text: &str) -> String {
    let files = [("{{nginx}}", NGINX), ("{{caddy}}", CADDY), ("{{traefik}}", TRAEFIK)];
    let text = files
        .iter()
        .fold(text.to_owned(), |text, (name, file)| text.replace(name, file.trim_end()));
    let listen = "listen 443 ssl;\n    ssl_certificate     /etc/ssl/planning.pem;\n    ssl_certificate_key /etc/ssl/planning.key;";
    let examples = [
        ("{{listen}}", listen),
        ("{{site}}", "planning.example.nl"),
        ("{{service}}", "127.0.0.1:9000"),
        ("{{klantportaal}}", "127.0.0.1:8080"),
    ];
    examples.iter().fold(text, |text, (name, example)| text.replace(name, example))
}
