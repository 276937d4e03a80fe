//! A server from its sockets to its last connection.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::accept::accept;
use crate::drain::Step;
use crate::line::{House, Post};
use crate::listen::Listener;
use crate::{Address, BindFault, Bound, Drain, Drained, ListenerSettings, Service, Stats};

/// How long cut connections may take to notice. They only have to be polled once.
const CUT: Duration = Duration::from_secs(1);

/// Bound listeners that do not accept yet.
pub struct Server {
    listeners: Vec<(Listener, ListenerSettings, Address)>,
}

impl Server {
    /// Opens all listeners. Callers may connect from here on and wait in the kernel's queue.
    ///
    /// # Errors
    /// [`BindFault`] names the first listener that could not be opened; the others are closed.
    #[expect(clippy::unused_async, reason = "must be called inside the runtime that will serve")]
    pub async fn bind(settings: Vec<ListenerSettings>) -> Result<Self, BindFault> {
        let mut listeners = Vec::with_capacity(settings.len());
        for settings in settings {
            let listener = Listener::bind(&settings)?;
            let address = listener.address().map_err(|reason| BindFault {
                name: settings.name.clone(),
                bind: settings.bind.clone(),
                reason,
            })?;
            listeners.push((listener, settings, address));
        }
        Ok(Self { listeners })
    }

    /// Where the listeners listen, in the order they were given.
    pub fn addresses(&self) -> Vec<Bound> {
        let bound = |(_, settings, address): &(Listener, ListenerSettings, Address)| Bound {
            name: settings.name.clone(),
            address: address.clone(),
            tls: settings.tls.is_some(),
        };
        self.listeners.iter().map(bound).collect()
    }

    /// Serves until the drain is over: at its beginning the listeners close, HTTP/1 connections end
    /// with their exchange, HTTP/2 connections get a GOAWAY and end with their streams; at its
    /// deadline the rest is cut.
    pub async fn run<S: Service>(self, service: Arc<S>, mut drain: Drain, stats: Arc<Stats>) -> Drained {
        let house = Arc::new(House::new(stats));
        let mut loops = JoinSet::new();
        for (listener, settings, _) in self.listeners {
            let post = Arc::new(Post::new(settings, house.clone()));
            loops.spawn(accept(listener, post, service.clone()));
        }
        let deadline = drain.ordered().await;
        let begun = house.open();
        house.phase.turn(Step::Draining);
        loops.join_all().await;
        tokio::select! {
            () = house.emptied() => {}
            () = drain.expired(deadline) => {}
        }
        let cut = house.open();
        house.phase.turn(Step::Cut);
        let _ = timeout(CUT, house.emptied()).await;
        Drained { finished: begun.saturating_sub(cut), cut }
    }
}
