//! Where the gateway listens, and what that asks for.

use crate::diagnostic::Diagnostic;
use crate::doc::{Address, Config, Server};
use crate::reading::Reading;

pub(super) fn check(config: &Config, cx: &Reading<'_>) {
    let server = &config.server;
    open_to_all(config, cx);
    same_address(server, cx);
    let is_tcp = |address: &Address| matches!(address, Address::Tcp(_));
    let mut addresses = server.listen.iter().chain(&server.admin).map(|listen| &listen.address);
    if server.unix_mode.is_some() && addresses.all(is_tcp) {
        let message = "`unix_mode` has no effect: no address is a unix socket";
        cx.report(Diagnostic::warning("no-effect", &server.place, message));
    }
    let tcp = server.listen.iter().any(|listen| is_tcp(&listen.address));
    if !tcp && (server.proxy_protocol.is_some() || server.tls.is_some()) {
        let message = "`tls` and `proxy_protocol` have no effect: no address is a TCP one";
        cx.report(Diagnostic::warning("no-effect", &server.place, message));
    }
}

/// Without access control only this machine may be served.
fn open_to_all(config: &Config, cx: &Reading<'_>) {
    if config.access.is_some() {
        return;
    }
    for listen in config.server.listen.iter().filter(|listen| !listen.address.is_local()) {
        let message = format!("without `access` anyone who reaches {} would be served", listen.address);
        cx.report(Diagnostic::error("open-to-all", &listen.place, message).help(
            "give callers keys under `access`, open it on purpose with `access: { anonymous: {} }`, or listen on 127.0.0.1",
        ));
    }
}

fn same_address(server: &Server, cx: &Reading<'_>) {
    let mut seen: Vec<&Address> = Vec::new();
    for listen in server.listen.iter().chain(&server.admin) {
        // Port 0 is another port each time.
        let anew = matches!(&listen.address, Address::Tcp(address) if address.port() == 0);
        if seen.contains(&&listen.address) && !anew {
            let message = format!("{} is listened on twice", listen.address);
            cx.report(Diagnostic::error("duplicate", &listen.place, message));
        }
        seen.push(&listen.address);
    }
}
