//! Who may call, and whether that is what was meant.

use crate::machine::{check, machine};

const P: &str = "providers: { p: { kind: openai, base_url: http://h/v1 } }\n";

#[test]
fn without_access_only_loopback_is_served() {
    check(
        &format!(
            "{P}server: {{ listen: [127.0.0.1:1, '[::1]:1', 'unix:/x', 0.0.0.0:2, '[::]:3', 192.0.2.1:4] }}"
        ),
        &[
            "error[open-to-all] 2:55+9 without `access` anyone who reaches 0.0.0.0:2 would be served | give callers keys under `access`, open it on purpose with `access: { anonymous: {} }`, or listen on 127.0.0.1",
            "error[open-to-all] 2:66+8 without `access` anyone who reaches [::]:3 would be served | give callers keys under `access`, open it on purpose with `access: { anonymous: {} }`, or listen on 127.0.0.1",
            "error[open-to-all] 2:76+11 without `access` anyone who reaches 192.0.2.1:4 would be served | give callers keys under `access`, open it on purpose with `access: { anonymous: {} }`, or listen on 127.0.0.1",
        ],
    );
}

#[test]
fn anonymous_opens_it_on_purpose() {
    let text = format!("{P}server: {{ listen: 0.0.0.0:8080 }}\naccess: {{ anonymous: {{}} }}");
    assert!(machine().good(&text).access.unwrap().anonymous.is_some());
    check(
        &format!("{P}access:\n  anonymous:\n"),
        &[
            "error[empty] 3:3+9 `anonymous` is empty | write `anonymous: {}` to serve everyone, or take it out",
        ],
    );
}

#[test]
fn access_for_nobody_is_a_warning() {
    check(
        &format!("{P}access: {{}}"),
        &["warning[nobody] 2:9+1 `access` lets nobody in: it has neither `keys` nor `anonymous`"],
    );
}

#[test]
fn a_key_has_a_secret_of_one_kind() {
    check(
        &format!(
            "{P}access:\n  keys:\n    a: {{}}\n    b: {{ key: x, hash: 'sha256:00' }}\n    c: {{ hash: md5:1 }}\n    d: {{ key: 'two words' }}\n"
        ),
        &[
            "error[missing] 4:8+1 the key has neither `key` nor `hash` | write, for example, `key: \"${CALLER_KEY}\"`",
            "error[conflict] 5:18+4 `key` and `hash` exclude each other",
            "error[wrong-value] 5:24+11 `sha256:00` is not a hash | write `sha256:` and 64 hexadecimal digits: `printf %s KEY | sha256sum`",
            "error[wrong-value] 6:16+5 `md5:1` is not a hash | write `sha256:` and 64 hexadecimal digits: `printf %s KEY | sha256sum`",
            "error[wrong-value] 7:15+11 the key contains a space, a line end or another character no key has",
        ],
    );
}

#[test]
fn two_keys_must_not_be_the_same() {
    check(
        &format!("{P}access: {{ keys: {{ a: {{ key: x }}, b: {{ key: x }} }} }}"),
        &["error[duplicate] 2:34+1 `a` and `b` have the same key | `a` stands at tidegate.yaml:2:19"],
    );
}

#[test]
fn what_a_key_may_use_must_exist() {
    check(
        &format!(
            "{P}models: {{ assistant: {{ target: p/x, aliases: [helper] }}, 'w-*': {{ target: p/x }} }}\naccess: {{ keys: {{ a: {{ key: x, models: [asistant, nothing, 'no*', assistant, helper, w-1, p/x, 'ass*', 'w-2*', 'p/*', '*'] }} }} }}"
        ),
        &[
            "error[unknown-model] 3:41+8 no model is named `asistant` | did you mean `assistant`?",
            "error[unknown-model] 3:51+7 no model is named `nothing` | models: assistant, helper, w-*",
            "warning[matches-nothing] 3:60+5 no model is matched by `no*`",
        ],
    );
}

#[test]
fn limits_must_be_reachable() {
    check(
        &format!(
            "{P}policies: {{ body: {{ max: 64MiB }}, rate: [{{ requests: 10, per: second }}, {{ requests: 20, per: second }}, {{ requests: 100, per: hour }}] }}\naccess: {{ anonymous: {{ models: [], limits: [{{ requests: 1, per: day }}] }} }}"
        ),
        &[
            "warning[no-effect] 2:19+1 this is never reached: `server.max_body` is 33554432 bytes",
            "warning[no-effect] 2:73+1 this limit is never reached: that at tidegate.yaml:2:42 is stricter or the same",
            "warning[no-effect] 3:45+1 this limit is never reached: `models` is empty and allows none",
        ],
    );
}

#[test]
fn a_model_s_bound_must_be_within_the_gateway_s() {
    let text = |key: &str| {
        format!(
            "{P}policies: {{ body: {{ max: 1KiB }} }}\nmodels: {{ m: {{ target: p/x, policies: {{ body: {{ max: 2KiB }} }} }} }}\naccess: {{ keys: {{ a: {{ key: x, {key} }} }} }}"
        )
    };
    check(
        &text(""),
        &["warning[no-effect] 3:47+1 this is never reached: the gateway's own `policies.body` is 1024 bytes"],
    );
    check(&text("policies: { body: { max: 4KiB } }"), &[]);
}

#[test]
fn a_limit_of_nothing_is_refused() {
    check(
        &format!("{P}policies: {{ rate: {{ requests: 0, per: fortnight, burst: 0 }} }}"),
        &[
            "error[wrong-value] 2:31+1 `0` is not a number that can stand here | a whole number from 1 up",
            "error[unknown-value] 2:39+9 `fortnight` is not a unit of time | one of: second, minute, hour, day",
            "error[wrong-value] 2:57+1 `0` is not a number that can stand here | a whole number from 1 up",
        ],
    );
}

#[test]
fn an_address_is_listened_on_once() {
    check(
        &format!("{P}server: {{ listen: 127.0.0.1:8081 }}"),
        &["error[duplicate] 0:0+0 127.0.0.1:8081 is listened on twice"],
    );
}
