//! What an upstream says about when to come back: `retry-after-ms`, `retry-after` (seconds or a date) and
//! the `x-ratelimit-reset…` family. The clock comes in as a value.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::header::{HeaderMap, HeaderName, RETRY_AFTER};

/// How long to wait before the next attempt, at most `cap`; `None` when the upstream does not say.
pub fn parse(headers: &HeaderMap, now: SystemTime, cap: Duration) -> Option<Duration> {
    let wait = milliseconds(headers).or_else(|| retry_after(headers, now)).or_else(|| reset(headers, now))?;
    Some(wait.min(cap))
}

/// `retry-after-ms`, which OpenAI and Azure send and the OpenAI SDKs prefer.
fn milliseconds(headers: &HeaderMap) -> Option<Duration> {
    seconds(text(headers, "retry-after-ms")?).map(|ms| ms / 1000)
}

fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    seconds(value).or_else(|| {
        let date = httpdate::parse_http_date(value).ok()?;
        // A date gone by means now.
        Some(date.duration_since(now).unwrap_or_default())
    })
}

/// The longest reset among the limits that are used up; limits with something remaining are not in the way.
fn reset(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    const LIMITS: [(&str, &str); 3] = [
        ("x-ratelimit-reset-requests", "x-ratelimit-remaining-requests"),
        ("x-ratelimit-reset-tokens", "x-ratelimit-remaining-tokens"),
        ("x-ratelimit-reset", "x-ratelimit-remaining"),
    ];
    LIMITS
        .iter()
        .filter(|(_, remaining)| {
            text(headers, remaining).is_none_or(|left| left.starts_with('0') || left.starts_with('-'))
        })
        .filter_map(|(reset, _)| span(text(headers, reset)?, now))
        .max()
}

/// A span as `1s`, `6m0s`, `1h2m3.5s`, `20ms`, plain seconds, or a Unix time in seconds or milliseconds.
fn span(value: &str, now: SystemTime) -> Option<Duration> {
    let Some(number) = seconds(value) else { return units(value) };
    let epoch = match number.as_secs() {
        ..1_000_000_000 => return Some(number),
        1_000_000_000..1_000_000_000_000 => number,
        _ => number / 1000,
    };
    Some((UNIX_EPOCH.checked_add(epoch)?).duration_since(now).unwrap_or_default())
}

fn units(value: &str) -> Option<Duration> {
    let mut rest = value;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let split = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(split);
        let end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, next) = tail.split_at(end);
        let scale = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        let part = Duration::try_from_secs_f64(number.parse::<f64>().ok()? * scale).ok()?;
        total = total.checked_add(part)?;
        rest = next;
    }
    (!value.is_empty()).then_some(total)
}

/// A plain non-negative decimal number of seconds.
fn seconds(value: &str) -> Option<Duration> {
    // `f64` would also read signs, exponents and "inf".
    let plain = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    plain
        .then(|| value.parse::<f64>().ok().and_then(|number| Duration::try_from_secs_f64(number).ok()))
        .flatten()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
    Some(headers.get(name)?.to_str().ok()?.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAP: Duration = Duration::from_secs(3600);

    fn check(headers: &[(&'static str, &str)], expected_ms: Option<u64>) {
        let now = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let map = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        assert_eq!(parse(&map, now, CAP), expected_ms.map(Duration::from_millis), "{headers:?}");
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        check(&[("retry-after", "7")], Some(7_000));
        check(&[("retry-after", " 1.5 ")], Some(1_500));
        check(&[("retry-after", "Tue, 14 Nov 2023 22:13:30 GMT")], Some(10_000));
        check(&[("retry-after", "Tue, 14 Nov 2023 22:13:00 GMT")], Some(0));
        check(&[], None);
    }

    #[test]
    fn milliseconds_go_before_seconds() {
        check(&[("retry-after", "7"), ("retry-after-ms", "250")], Some(250));
    }

    #[test]
    fn nonsense_says_nothing() {
        for nonsense in ["", "soon", "-1", "inf", "1e9", "NaN", "9".repeat(400).as_str(), "1.2.3"] {
            check(&[("retry-after", nonsense)], None);
        }
        for nonsense in ["1x", "s", "1m2", "--", "1.s.2s"] {
            check(&[("x-ratelimit-reset-requests", nonsense)], None);
        }
    }

    #[test]
    fn a_wait_is_capped() {
        check(&[("retry-after", "999999999")], Some(3_600_000));
    }

    #[test]
    fn resets_are_spans_or_times() {
        check(&[("x-ratelimit-reset-requests", "6m0s")], Some(360_000));
        check(&[("x-ratelimit-reset-tokens", "120ms")], Some(120));
        check(&[("x-ratelimit-reset-tokens", "1m1.5s")], Some(61_500));
        check(&[("x-ratelimit-reset", "1700000030")], Some(30_000));
        check(&[("x-ratelimit-reset", "1700000030000")], Some(30_000));
    }

    #[test]
    fn only_used_up_limits_count() {
        check(
            &[
                ("x-ratelimit-reset-requests", "20s"),
                ("x-ratelimit-remaining-requests", "99"),
                ("x-ratelimit-reset-tokens", "3s"),
                ("x-ratelimit-remaining-tokens", "0"),
            ],
            Some(3_000),
        );
    }
}
