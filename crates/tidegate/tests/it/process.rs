//! A `tidegate` process under test: started in a folder of its own, followed line by line, ended with the test.

use std::{
    io::{BufRead, BufReader, Read},
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{Arc, Mutex},
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// How long anything may take before a test gives up. Nothing waits this long unless it fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Tidegate {
    child: Child,
    out: Text,
    err: Text,
    folder: tempfile::TempDir,
}

/// What a stream has said so far.
struct Text {
    text: Arc<Mutex<String>>,
    reading: Option<JoinHandle<()>>,
}

impl Text {
    fn follow(stream: impl Read + Send + 'static) -> Self {
        let text = Arc::<Mutex<String>>::default();
        let kept = text.clone();
        let reading = std::thread::spawn(move || {
            let mut lines = BufReader::new(stream);
            let mut line = String::new();
            while lines.read_line(&mut line).is_ok_and(|read| read > 0) {
                kept.lock().unwrap().push_str(&line);
                line.clear();
            }
        });
        Self { text, reading: Some(reading) }
    }

    fn now(&self) -> String {
        self.text.lock().unwrap().clone()
    }

    /// Waits until all has been read.
    fn end(&mut self) {
        if let Some(reading) = self.reading.take() {
            reading.join().unwrap();
        }
    }
}

/// Asks again and again until there is an answer.
pub(crate) fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The binary with nothing of this machine in its environment, at work in `folder`.
pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    command.args(arguments).current_dir(folder).env_clear();
    command.envs([("HOME", folder), ("TMPDIR", folder)]).stdin(Stdio::null());
    command
}

/// Runs to the end.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

impl Tidegate {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), arguments, &[])
    }

    pub(crate) fn start_in(folder: tempfile::TempDir, arguments: &[&str], env: &[(&str, &str)]) -> Self {
        let mut command = command(folder.path(), arguments);
        command.envs(env.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (out, err) =
            (Text::follow(child.stdout.take().unwrap()), Text::follow(child.stderr.take().unwrap()));
        Self { child, out, err, folder }
    }

    /// A gateway with this configuration; it is at work when this returns.
    pub(crate) fn serve(yaml: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("tidegate.yaml"), yaml).unwrap();
        let gateway = Self::start_in(folder, &["serve", "-c", "tidegate.yaml"], &[]);
        gateway.address();
        gateway
    }

    /// A simulator; it is at work when this returns.
    pub(crate) fn sim(arguments: &[&str]) -> Self {
        let sim = Self::start(&[&["sim", "--listen", "127.0.0.1:0"], arguments].concat());
        sim.url();
        sim
    }

    /// `http://ADDRESS` of a simulator.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.find("the simulator's address", "on http://", |it| it.out()))
    }

    /// Where a gateway listens.
    pub(crate) fn address(&self) -> String {
        self.find("the address", "listening on http", Self::err)
            .trim_start_matches("s://")
            .trim_start_matches("://")
            .into()
    }

    pub(crate) fn admin(&self) -> String {
        self.find("the admin address", "metrics on http://", Self::err)
    }

    /// The word behind `mark` in what `text` says.
    fn find(&self, what: &str, mark: &str, text: impl Fn(&Self) -> String) -> String {
        until(what, || {
            let text = text(self);
            let rest = text.split_once(mark)?.1;
            Some(rest.split_once(|c: char| c.is_whitespace())?.0.to_owned())
        })
    }

    pub(crate) fn out(&self) -> String {
        self.out.now()
    }

    pub(crate) fn err(&self) -> String {
        self.err.now()
    }

    /// Waits until standard error has said `text` so many times.
    pub(crate) fn says(&self, text: &str, times: usize) {
        until(&format!("`{text}` in\n{}", self.err()), || {
            (self.err().matches(text).count() >= times).then_some(())
        });
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Replaces a file at once, as editors and Kubernetes do.
    pub(crate) fn replace(&self, name: &str, text: &str) {
        let beside = self.path(&format!(".{name}.new"));
        std::fs::write(&beside, text).unwrap();
        std::fs::rename(beside, self.path(name)).unwrap();
    }

    /// What lies in the process's folder, which is also its home and its place for temporary files.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Sends a signal: `TERM`, `INT`, `HUP`, `KILL`.
    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// Waits for the end, and for its last words: exit code, or the signal as a negative number.
    pub(crate) fn ended(&mut self) -> i32 {
        let status: ExitStatus = until("the process to end", || self.child.try_wait().unwrap());
        self.out.end();
        self.err.end();
        status.code().or(status.signal().map(|signal| -signal)).unwrap()
    }
}

impl Drop for Tidegate {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            println!("standard output was:\n{}\nstandard error was:\n{}", self.out(), self.err());
        }
    }
}

/// A gateway's configuration: any free ports, an OpenAI provider `up` and an Anthropic one `claude` at `sim`, a model `m`.
pub(crate) fn config(sim: &str, more: &str) -> String {
    format!(
        "server: {{ listen: '127.0.0.1:0', admin: '127.0.0.1:0' }}
providers:
  up: {{ kind: openai, base_url: '{sim}/v1', credentials: [{{ key: sk-up }}] }}
  claude: {{ kind: anthropic, base_url: '{sim}', credentials: [{{ key: sk-claude }}] }}
models:
  m: {{ target: up/gpt-4.1-mini }}
{more}"
    )
}
