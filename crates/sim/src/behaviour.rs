//! How one call behaves: the directive language of profiles, model names, `x-sim` headers and prompts.
//!
//! A directive list is `name=value` or `name`, separated by commas. The nearest source wins: the profile, then what
//! follows a `;` in the model name, then a prompt line starting with `sim:`, then the `x-sim` header.

use std::time::Duration;

/// Behaviour of one call. The default is a provider in good health that answers at once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Behaviour {
    /// Answer with this error status instead.
    pub status: Option<u16>,
    /// `retry-after` sent with an error, overriding one second for 429.
    pub retry_after: Option<Duration>,
    /// A 429 that waiting does not cure.
    pub quota: bool,
    /// Errors come as an HTML page, as from a CDN in front of the provider.
    pub html: bool,
    /// How many calls with the same `x-sim-id` (or the same body) fail before one succeeds.
    pub fail_first: u32,
    /// Wait before the response head.
    pub delay: Duration,
    /// Wait before the first token.
    pub ttft: Duration,
    /// Tokens a second; `None` is as fast as possible.
    pub rate: Option<f64>,
    /// Share by which each wait between tokens varies, `0.0..=1.0`.
    pub jitter: f64,
    /// Number of tokens to say.
    pub tokens: Option<usize>,
    /// Number of parallel tool calls to make; 0 makes none.
    pub tools: Option<usize>,
    /// Repeat the prompt word for word.
    pub echo: bool,
    /// Say nothing at all.
    pub empty: bool,
    /// Refuse to answer.
    pub refuse: bool,
    /// Stop for the content filter.
    pub filter: bool,
    /// Reason where nobody can read it (a redacted thinking block).
    pub redacted: bool,
    /// Cite a web page.
    pub cite: bool,
    /// Stall for ever after this many pieces of content.
    pub stall_after: Option<usize>,
    /// Break the connection after this many pieces of content.
    pub disconnect_after: Option<usize>,
    /// Send the dialect's error event after this many pieces of content.
    pub error_after: Option<usize>,
    /// End the body early but cleanly, in the middle of an event or value.
    pub truncate: bool,
    /// Put something that is not JSON where JSON is due.
    pub garbage: bool,
    /// Leave the usage out.
    pub no_usage: bool,
    /// Leave the end marker out (`[DONE]`, `message_stop`).
    pub drop_done: bool,
    /// Cut the body into chunks of this many bytes.
    pub split: Option<usize>,
    /// End lines of event streams with CR LF.
    pub crlf: bool,
    /// Start event streams with a comment line.
    pub comment: bool,
    /// Share of calls that fail with 500.
    pub error_rate: f64,
    /// Share of calls that are limited (429).
    pub limit_rate: f64,
    /// Share of calls that stall after some content.
    pub stall_rate: f64,
    /// Share of calls that are cut after some content.
    pub disconnect_rate: f64,
}

/// Most tokens, tool calls and bytes a directive may ask for.
const MOST_TOKENS: usize = 200_000;
const MOST_TOOLS: usize = 64;

impl Behaviour {
    /// Parses a directive list over the defaults.
    ///
    /// # Errors
    /// Says which directive is unknown or which value is out of range.
    pub fn parse(directives: &str) -> Result<Self, String> {
        let mut behaviour = Self::default();
        behaviour.apply(directives)?;
        Ok(behaviour)
    }

    /// Applies a directive list on top of what is set already.
    ///
    /// # Errors
    /// Says which directive is unknown or which value is out of range; earlier directives of the list stay applied.
    pub fn apply(&mut self, directives: &str) -> Result<(), String> {
        for directive in directives.split(',').map(str::trim).filter(|directive| !directive.is_empty()) {
            let (name, value) = match directive.split_once('=') {
                Some((name, value)) => (name.trim(), Some(value.trim())),
                None => (directive, None),
            };
            if !(self.set_flag(name, value)?
                || self.set_count(name, value)?
                || self.set_measure(name, value)?)
            {
                return Err(format!("unknown sim directive '{name}'"));
            }
        }
        Ok(())
    }

    fn set_flag(&mut self, name: &str, value: Option<&str>) -> Result<bool, String> {
        let flag = match name {
            "quota" => &mut self.quota,
            "html" => &mut self.html,
            "echo" => &mut self.echo,
            "empty" => &mut self.empty,
            "refuse" => &mut self.refuse,
            "filter" => &mut self.filter,
            "redacted" => &mut self.redacted,
            "cite" => &mut self.cite,
            "truncate" => &mut self.truncate,
            "garbage" => &mut self.garbage,
            "no_usage" => &mut self.no_usage,
            "drop_done" => &mut self.drop_done,
            "crlf" => &mut self.crlf,
            "comment" => &mut self.comment,
            _ => return Ok(false),
        };
        *flag = match value {
            None | Some("true" | "1") => true,
            Some("false" | "0") => false,
            Some(other) => return Err(format!("sim directive '{name}' is true or false, not '{other}'")),
        };
        Ok(true)
    }

    fn set_count(&mut self, name: &str, value: Option<&str>) -> Result<bool, String> {
        let (slot, range) = match name {
            "tokens" => (&mut self.tokens, 0..=MOST_TOKENS),
            "tools" => (&mut self.tools, 0..=MOST_TOOLS),
            "stall_after" => (&mut self.stall_after, 0..=MOST_TOKENS),
            "disconnect_after" => (&mut self.disconnect_after, 0..=MOST_TOKENS),
            "error_after" => (&mut self.error_after, 0..=MOST_TOKENS),
            "split" => (&mut self.split, 1..=MOST_TOKENS),
            _ => return Ok(false),
        };
        let number = value.and_then(|value| value.parse().ok()).filter(|number| range.contains(number));
        let expected =
            || format!("sim directive '{name}' needs a number from {} to {}", range.start(), range.end());
        *slot = Some(number.ok_or_else(expected)?);
        Ok(true)
    }

    fn set_measure(&mut self, name: &str, value: Option<&str>) -> Result<bool, String> {
        let value = value.unwrap_or_default();
        match name {
            "status" => self.status = Some(status(value)?),
            "fail_first" => {
                self.fail_first =
                    value.parse().map_err(|_| format!("sim directive '{name}' needs a number of calls"))?;
            }
            "retry_after" => self.retry_after = Some(duration(name, value)?),
            "delay" => self.delay = duration(name, value)?,
            "ttft" => self.ttft = duration(name, value)?,
            "rate" => {
                let rate = value.parse::<f64>().ok().filter(|rate| (0.001..=1e9).contains(rate));
                self.rate = Some(rate.ok_or("sim directive 'rate' needs tokens a second, above 0")?);
            }
            "jitter" => self.jitter = share(name, value)?,
            "error_rate" => self.error_rate = share(name, value)?,
            "limit_rate" => self.limit_rate = share(name, value)?,
            "stall_rate" => self.stall_rate = share(name, value)?,
            "disconnect_rate" => self.disconnect_rate = share(name, value)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn status(value: &str) -> Result<u16, String> {
    let status = value.parse().ok().filter(|status| (400..=599).contains(status));
    status
        .ok_or_else(|| format!("sim directive 'status' needs an error status from 400 to 599, not '{value}'"))
}

fn share(name: &str, value: &str) -> Result<f64, String> {
    let share = value.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| format!("sim directive '{name}' needs a share from 0 to 1, not '{value}'"))
}

/// Reads `200ms`, `1.5s`, `2m` or plain seconds.
fn duration(name: &str, value: &str) -> Result<Duration, String> {
    let (number, unit) = if let Some(number) = value.strip_suffix("ms") {
        (number, 0.001)
    } else if let Some(number) = value.strip_suffix('s') {
        (number, 1.0)
    } else if let Some(number) = value.strip_suffix('m') {
        (number, 60.0)
    } else {
        (value, 1.0)
    };
    let seconds = number.trim().parse::<f64>().ok().map(|number| number * unit);
    let seconds = seconds.filter(|seconds| (0.0..=86_400.0).contains(seconds));
    seconds
        .map(Duration::from_secs_f64)
        .ok_or_else(|| format!("sim directive '{name}' needs a time such as 200ms or 2s, not '{value}'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_directives_win() {
        let mut behaviour = Behaviour::parse("status=500, ttft=200ms").unwrap();
        behaviour.apply("status=429,retry_after=2,echo").unwrap();
        assert_eq!(behaviour.status, Some(429));
        assert_eq!(behaviour.retry_after, Some(Duration::from_secs(2)));
        assert_eq!(behaviour.ttft, Duration::from_millis(200));
        assert!(behaviour.echo);
    }

    #[test]
    fn mistakes_are_named() {
        for (directives, message) in [
            ("stats=429", "unknown sim directive 'stats'"),
            ("status=200", "sim directive 'status' needs an error status from 400 to 599, not '200'"),
            ("jitter=2", "sim directive 'jitter' needs a share from 0 to 1, not '2'"),
            ("ttft=soon", "sim directive 'ttft' needs a time such as 200ms or 2s, not 'soon'"),
            ("split=0", "sim directive 'split' needs a number from 1 to 200000"),
            ("echo=maybe", "sim directive 'echo' is true or false, not 'maybe'"),
            ("rate=0", "sim directive 'rate' needs tokens a second, above 0"),
        ] {
            assert_eq!(Behaviour::parse(directives).unwrap_err(), message);
        }
    }
}
