//! Providers: their endpoints with pools, their keys, and what the catalog knows about their kind.

use super::Build;
use crate::snapshot::{Credential, Credentials, Place, Provider};
use catalog::{Auth, Catalog};
use config::Diagnostic;
use http::{HeaderName, HeaderValue};
use ir::Operation;
use std::{collections::HashMap, sync::Arc, time::Duration};
use upstream::{ClientTls, ClientTlsSettings, Endpoint, EndpointSettings, HttpVersion, Path};

/// Idle connections kept for each endpoint, and for how long.
const MAX_IDLE: usize = 1024;
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

pub(super) fn compile(build: &mut Build<'_>) -> HashMap<Box<str>, Arc<Provider>> {
    let mut providers = HashMap::new();
    let config = build.config;
    for provider in &config.providers {
        // What a provider is made from is what it was read from: equal texts make equal providers. Keys take part as a digest.
        let fingerprint = fingerprint(build, provider);
        let old = build.old.and_then(|old| old.providers.get(provider.name.as_str()));
        let unchanged = old.filter(|old| old.fingerprint == fingerprint).cloned();
        let compiled = unchanged.map_or_else(|| one(build, provider, fingerprint).map(Arc::new), Ok);
        match compiled {
            Ok(compiled) => {
                providers.insert(provider.name.as_str().into(), compiled);
            }
            Err(fault) => build.faults.push(fault),
        }
    }
    providers
}

fn fingerprint(build: &Build<'_>, provider: &config::Provider) -> String {
    let keys: Vec<_> = provider
        .credentials
        .iter()
        .map(|key| (&key.name, policy::access::api_key::digest(key.key.expose().as_bytes())))
        .collect();
    let headers: Vec<_> = provider.headers.iter().map(|(name, value)| (name, value.as_bytes())).collect();
    let urls: Vec<_> = provider.endpoints.iter().map(|endpoint| &endpoint.url).collect();
    let tls = provider.tls.as_ref().map(|tls| {
        // A certificate replaced on disk makes another provider.
        let digest = |path: &Option<std::path::PathBuf>| {
            path.as_ref()
                .and_then(|path| (build.ports.read)(path).ok())
                .map(|pem| policy::access::api_key::digest(&pem))
        };
        (digest(&tls.ca), digest(&tls.cert), digest(&tls.key))
    });
    let (http, most, times) = (provider.http, provider.max_connections, provider.timeouts);
    format!("{} {urls:?} {keys:?} {headers:?} {http:?} {tls:?} {times:?} {most}", provider.kind)
}

fn one(build: &Build<'_>, provider: &config::Provider, fingerprint: String) -> Result<Provider, Diagnostic> {
    let wrong = |message: String| Diagnostic::error("provider", &provider.place, message);
    let facts = Catalog::builtin()
        .provider(&provider.kind)
        .ok_or_else(|| wrong(format!("the provider kind `{}` is not known", provider.kind)))?;
    let tls = client_tls(build, provider)?;
    let usual = facts.base_url.as_deref().filter(|_| provider.endpoints.is_empty());
    let urls = provider.endpoints.iter().map(|endpoint| (endpoint.url.to_string(), &endpoint.place));
    let places = urls
        .chain(usual.map(|url| (url.to_owned(), &provider.place)))
        .map(|(url, at)| place(build, provider, facts, url, at, tls.clone()))
        .collect::<Result<Vec<_>, _>>()?;
    if places.is_empty() {
        return Err(wrong(format!("`{}` has no usual address: set `base_url`", provider.kind)));
    }
    let mut headers = provider.headers.clone();
    for (name, value) in &facts.headers {
        let parsed = name.parse::<HeaderName>().ok().zip(HeaderValue::from_str(value).ok());
        headers.extend(parsed.filter(|(name, _)| !provider.headers.iter().any(|(own, _)| own == name)));
    }
    Ok(Provider::new(
        provider.name.as_str().into(),
        facts,
        places,
        credentials(provider, facts)?,
        headers,
        provider.timeouts,
        fingerprint,
    ))
}

fn place(
    build: &Build<'_>,
    provider: &config::Provider,
    facts: &catalog::Provider,
    url: String,
    at: &config::Place,
    tls: Option<Arc<ClientTls>>,
) -> Result<Place, Diagnostic> {
    let wrong = |message: String| Diagnostic::error("endpoint", at, message);
    let settings = EndpointSettings {
        url,
        http: match provider.http {
            config::HttpVersion::Auto => HttpVersion::Auto,
            config::HttpVersion::Http1 => HttpVersion::Http1,
            config::HttpVersion::Http2 => HttpVersion::Http2,
        },
        tls,
        max_idle: MAX_IDLE,
        idle_timeout: IDLE_TIMEOUT,
        max_connections: provider.max_connections as usize,
    };
    let endpoint = Endpoint::new(settings, build.ports.upstream).map_err(|bad| wrong(bad.to_string()))?;
    let base = facts.base(endpoint.base_path());
    let path = |operation| {
        let joined = facts.path(operation).map(|rest| Path::join(base, &format!("/{rest}")));
        joined.transpose().map_err(|bad| wrong(bad.to_string()))
    };
    let chat = path(Operation::Chat)?.ok_or_else(|| wrong(format!("`{}` has no chat", provider.kind)))?;
    let (embeddings, count_tokens) = (path(Operation::Embeddings)?, path(Operation::CountTokens)?);
    Ok(Place { chat, embeddings, count_tokens, endpoint: Arc::new(endpoint) })
}

fn client_tls(build: &Build<'_>, provider: &config::Provider) -> Result<Option<Arc<ClientTls>>, Diagnostic> {
    let Some(tls) = &provider.tls else { return Ok(None) };
    let wrong = |message: String| Diagnostic::error("provider-tls", &provider.place, message);
    let read = |path: &Option<std::path::PathBuf>| match path {
        None => Ok(None),
        Some(path) => match (build.ports.read)(path) {
            Ok(pem) => Ok(Some(pem)),
            Err(fault) => Err(wrong(format!("cannot read {}: {fault}", path.display()))),
        },
    };
    let settings = ClientTlsSettings { ca: read(&tls.ca)?, cert: read(&tls.cert)?, key: read(&tls.key)? };
    ClientTls::new(&settings).map(|tls| Some(Arc::new(tls))).map_err(|bad| wrong(bad.to_string()))
}

fn credentials(provider: &config::Provider, facts: &catalog::Provider) -> Result<Credentials, Diagnostic> {
    let make = |(number, credential): (usize, &config::Credential)| {
        let key = credential.key.expose();
        let (header, value) = match &facts.auth {
            Auth::Bearer | Auth::Optional => (http::header::AUTHORIZATION, format!("Bearer {key}")),
            Auth::Header(name) => {
                let name = name.parse().map_err(|_| {
                    let message = format!("`{name}` cannot be the name of a header");
                    Diagnostic::error("credential", &credential.place, message)
                })?;
                (name, key.clone())
            }
        };
        let value = HeaderValue::from_str(&value).map_err(|_| {
            let message = "the key has characters that cannot stand in a header".to_string();
            Diagnostic::error("credential", &credential.place, message)
        })?;
        let name = credential.name.clone().unwrap_or_else(|| (number + 1).to_string());
        Ok(Credential::new(name.into(), header, value))
    };
    provider.credentials.iter().enumerate().map(make).collect::<Result<_, _>>().map(Credentials)
}
