//! Fields: their types, their forms, and what is said when they are wrong.

use std::time::{Duration, SystemTime};

use config::{Address, Cidr, ClientAuth, HttpVersion, Level, LogTarget, Per, PerMillion, RetryOn};

use crate::machine::{check, machine};

/// A provider, so that nothing is found but what a test is about.
const P: &str = "providers: { p: { kind: openai, base_url: http://h/v1 } }\n";

#[test]
fn a_server_is_read_whole() {
    let config = machine().good(&format!(
        "{P}server:\n  listen: [127.0.0.1:1, 'unix:run/x.sock', localhost:2, '[::1]:3']\n  admin: off\n  tls: {{ cert: cert.pem, key: key.pem, client_ca: cert.pem, client_auth: optional }}\n  max_body: 1KiB\n  max_response: 2KiB\n  drain: 0s\n  proxy_protocol: {{ trusted: [10.0.0.0/8] }}\n  unix_mode: 0660\n  workers: 3\n  limits: {{ header_timeout: 1s, idle_timeout: 2s, body_timeout: 3s, max_header_bytes: 8KiB, max_connections: 4, max_inflight: 5 }}\n"
    ));
    let server = config.server;
    let addresses: Vec<String> = server.listen.iter().map(|listen| listen.address.to_string()).collect();
    assert_eq!(addresses, ["127.0.0.1:1", "unix:run/x.sock", "127.0.0.1:2", "[::1]:3"]);
    assert_eq!(server.admin, None);
    assert_eq!(server.tls.unwrap().client_auth, ClientAuth::Optional);
    assert_eq!((server.max_body, server.max_response, server.drain), (1024, 2048, Duration::ZERO));
    assert_eq!(server.proxy_protocol.unwrap().trusted, ["10.0.0.0/8".parse::<Cidr>().unwrap()]);
    assert_eq!((server.unix_mode, server.workers), (Some(0o660), Some(3)));
    assert_eq!(server.limits.body_timeout, Duration::from_secs(3));
    assert_eq!((server.limits.max_header_bytes, server.limits.max_inflight), (8192, 5));
}

#[test]
fn relative_paths_are_taken_from_the_folder_of_the_file() {
    let text = format!("{P}server: {{ listen: 'unix:run/x.sock' }}\nlogs: {{ access: ./a.log }}");
    let loaded = machine().load(&[("/etc/tidegate/tidegate.yaml", text.as_str())]);
    let config = loaded.config.unwrap();
    assert_eq!(config.server.listen[0].address, Address::Unix("/etc/tidegate/run/x.sock".into()));
    assert_eq!(config.logs.access.to, LogTarget::File("/etc/tidegate/./a.log".into()));
}

#[test]
fn the_defaults_are_those_of_the_manual() {
    let config = machine().good(P);
    assert_eq!(config.server.listen[0].address.to_string(), "127.0.0.1:8080");
    assert_eq!(config.server.admin.unwrap().address.to_string(), "127.0.0.1:8081");
    assert_eq!((config.server.max_body, config.server.drain), (32 << 20, Duration::from_secs(30)));
    assert_eq!(config.logs.access.to, LogTarget::Stdout);
    assert!(config.access.is_none() && !config.strict_translation);
}

#[test]
fn an_address_without_a_host_gets_the_advice_to_name_one() {
    check(
        &format!("{P}server: {{ listen: \":9000\", admin: 9001 }}"),
        &[
            "error[wrong-value] 2:19+7 `:9000` is not an address to listen on | write `127.0.0.1:9000` for this machine only, `0.0.0.0:9000` or `[::]:9000` for all",
            "error[wrong-value] 2:35+4 `9001` is not an address to listen on | write `127.0.0.1:9001` for this machine only, `0.0.0.0:9001` or `[::]:9001` for all",
        ],
    );
}

#[test]
fn wrong_values_say_what_would_be_right() {
    check(
        &format!(
            "{P}server:\n  max_body: 0\n  drain: soon\n  workers: 0\n  unix_mode: 999\n  limits: {{ header_timeout: 0s, max_header_bytes: 1KiB }}\n"
        ),
        &[
            "error[wrong-value] 3:13+1 `0` is not a size | a size is at least one byte",
            "error[wrong-value] 4:10+4 `soon` is not a duration | a duration is a number and a unit, ms, s, m, h or d, such as `250ms` or `30s`",
            "error[wrong-value] 5:12+1 `0` is not a number that can stand here | a whole number from 1 to 1024",
            "error[wrong-value] 6:14+3 `999` is not a mode | a mode is three or four octal digits, such as `0660`",
            "error[wrong-value] 7:29+2 `0s` is not a timeout | a timeout is longer than zero; give a long one to be generous",
            "error[wrong-value] 7:51+4 `1KiB` is not a size for a head | from 8KiB to 1MiB",
        ],
    );
}

#[test]
fn wrong_types_say_what_was_found() {
    check(
        &format!(
            "{P}server: {{ max_body: [1], limits: 3, listen: {{}} }}\nstrict_translation: \"true\"\nmodels: [a]\n"
        ),
        &[
            "error[wrong-type] 2:21+1 expected a size, found a list",
            "error[wrong-type] 2:34+1 expected a mapping, found a number",
            "error[wrong-type] 2:45+1 expected an address to listen on, found a mapping",
            "error[wrong-type] 3:21+6 expected true or false, found text | write it without quotes",
            "error[wrong-type] 4:9+1 expected a mapping from names, found a list",
        ],
    );
}

#[test]
fn logs_can_be_short_or_long() {
    assert_eq!(machine().good(&format!("{P}logs: {{ access: stderr }}")).logs.access.to, LogTarget::Stderr);
    let logs = machine().good(&format!("{P}logs: {{ access: {{ to: off }}, level: debug }}")).logs;
    assert_eq!((logs.access.to, logs.level), (LogTarget::Off, Level::Debug));
    check(
        &format!("{P}logs: {{ access: {{ to: stdot }}, level: loud }}"),
        &[
            "error[wrong-value] 2:23+5 `stdot` is not a place to log to | one of: stdout, stderr, off, or a path such as `./access.log`",
            "error[unknown-value] 2:39+4 `loud` is not a log level | one of: off, error, warn, info, debug, trace",
        ],
    );
}

#[test]
fn a_provider_is_read_whole() {
    let config = machine().good(
        "providers:\n  p:\n    kind: anthropic\n    endpoints: [http://a/, 'https://b:8443/x/']\n    credentials: [{ key: one, name: first }, { key: two }]\n    headers: { X-Team: a b, Authorization: secret }\n    http: http2\n    timeouts: { connect: 1s, first_token: 2s, idle: 3s, total: 4s }\n    max_connections: 7\n",
    );
    let provider = &config.providers[0];
    assert_eq!((provider.name.as_str(), provider.kind.as_str()), ("p", "anthropic"));
    let urls: Vec<String> = provider.endpoints.iter().map(|endpoint| endpoint.url.to_string()).collect();
    assert_eq!(urls, ["http://a/", "https://b:8443/x"]);
    assert_eq!(provider.credentials[0].key.expose(), "one");
    assert_eq!(provider.credentials[0].name.as_deref(), Some("first"));
    let headers: Vec<(&str, bool)> =
        provider.headers.iter().map(|(name, value)| (name.as_str(), value.is_sensitive())).collect();
    assert_eq!(headers, [("x-team", false), ("authorization", true)]);
    assert_eq!((provider.http, provider.max_connections), (HttpVersion::Http2, 7));
    assert_eq!(provider.timeouts.total, Some(Duration::from_secs(4)));
}

#[test]
fn a_url_must_be_one_paths_can_be_appended_to() {
    let url = |url: &str| format!("providers: {{ p: {{ kind: openai, base_url: '{url}' }} }}");
    for (text, help) in [
        ("api.example.com", "write scheme and host, such as `https://api.example.com/v1`"),
        ("ftp://h/", "the scheme is `http` or `https`"),
        ("http://h/v1?a=b", "a URL must not have a query or fragment: paths are appended to it"),
        ("http://user:pass@h/", "a URL must not contain a user name or password: use `credentials`"),
        ("http://", "write scheme and host, such as `https://api.example.com/v1`"),
    ] {
        let length = text.len() + 2;
        check(
            &url(text),
            &[&format!(
                "error[wrong-value] 1:43+{length} this is not a URL requests can be sent to | {help}"
            )],
        );
    }
}

#[test]
fn a_model_is_read_whole() {
    let config = machine().good(&format!(
        "{P}models:\n  m:\n    targets: [p/a/b, {{ provider: p, model: c, weight: 0, priority: 2, timeouts: {{ idle: 1s }} }}]\n    strategy: weighted\n    fallback: [n]\n    timeouts: {{ total: 9s }}\n    retries: {{ attempts: 1, on: [429], backoff: 1s..2s, respect_retry_after: false }}\n    aliases: [k]\n    price: {{ input: 2.5, output: '10', cached_input: 0.000000001 }}\n    strict_translation: true\n  n: {{ target: p/n }}\n"
    ));
    let model = &config.models[0];
    let targets: Vec<(&str, &str, u32, u32)> =
        model.targets.iter().map(|t| (t.provider.as_str(), t.model.as_str(), t.weight, t.priority)).collect();
    assert_eq!(targets, [("p", "a/b", 1, 0), ("p", "c", 0, 2)]);
    assert_eq!(
        (model.retries.attempts, model.retries.on.as_slice()),
        (1, [RetryOn::TooManyRequests].as_slice())
    );
    assert_eq!(model.retries.backoff.to, Duration::from_secs(2));
    assert!(!model.retries.respect_retry_after);
    let price = model.price.unwrap();
    assert_eq!(price.input, Some(PerMillion(2_500_000_000)));
    assert_eq!((price.cached_input, price.cache_write), (Some(PerMillion(1)), None));
    assert_eq!(model.strict_translation, Some(true));
    assert!(model.takes("m") && model.takes("k") && !model.takes("mm"));
}

#[test]
fn a_price_is_never_a_float() {
    check(
        &format!("{P}models: {{ m: {{ target: p/x, price: {{ input: 1e-6, output: -1 }} }} }}"),
        &[
            "error[wrong-value] 2:45+4 `1e-6` is not an amount | an amount is a decimal number of US dollars with at most nine decimals, without sign or unit, such as `2.50`",
            "error[wrong-value] 2:59+2 `-1` is not an amount | an amount is a decimal number of US dollars with at most nine decimals, without sign or unit, such as `2.50`",
        ],
    );
}

#[test]
fn a_key_is_read_whole() {
    let hash = "ab".repeat(32);
    let config = machine().good(&format!(
        "{P}access:\n  keys:\n    a: {{ key: secret, models: [p/x, 'p/*'], limits: [{{ requests: 2, per: minute, burst: 5 }}], expires: 2027-01-31T00:00:00Z }}\n    b: {{ hash: 'sha256:{hash}' }}\n"
    ));
    let keys = config.access.unwrap().keys;
    assert_eq!(keys[0].secret, config::KeySecret::Plain(config::Secret::new("secret".to_owned())));
    assert_eq!(keys[1].secret, config::KeySecret::Sha256([0xab; 32]));
    let limit = &keys[0].limits[0];
    assert_eq!((limit.requests, limit.per, limit.burst), (2, Per::Minute, 5));
    let year_2027 = SystemTime::UNIX_EPOCH + Duration::from_secs(1_801_353_600);
    assert_eq!(keys[0].expires, Some(year_2027));
    let patterns = keys[0].models.as_ref().unwrap();
    assert!(patterns[1].matches("p/anything") && !patterns[0].matches("p/anything"));
}

#[test]
fn a_burst_left_out_is_as_large_as_the_rate() {
    let config = machine().good(&format!("{P}policies: {{ rate: {{ requests: 7, per: hour }} }}"));
    assert_eq!(config.policies.rate[0].burst, 7);
}

#[test]
fn headers_are_read_and_framing_is_left_alone() {
    let config = machine().good(&format!(
        "{P}policies: {{ headers: {{ request: {{ set: {{ X-A: '1' }}, remove: [X-B] }}, response: {{ set: {{ x-c: '${{OPENAI_API_KEY}}' }} }} }} }}"
    ));
    let headers = config.policies.headers.unwrap();
    assert_eq!(headers.request.set[0].name, "x-a");
    assert_eq!(headers.request.remove[0], "x-b");
    assert!(headers.response.set[0].value.is_sensitive());
    check(
        &format!(
            "{P}policies: {{ headers: {{ request: {{ set: {{ 'a b': c, Host: d, x-e: f, X-E: g, h: \"i\\nj\" }}, remove: [x-e, te] }} }} }}"
        ),
        &[
            "error[wrong-value] 2:42+5 `a b` is not a header's name",
            "error[framing-header] 2:52+4 `host` belongs to HTTP itself and cannot be set or removed",
            "error[duplicate] 2:69+3 `x-e` is given twice | it is already given at tidegate.yaml:2:61; keep one of the two",
            "error[wrong-value] 2:80+6 the value contains a line end or another character no header can carry",
            "error[conflict] 2:90+6 `x-e` is both set and removed",
            "error[framing-header] 2:104+2 `te` belongs to HTTP itself and cannot be set or removed",
        ],
    );
}
