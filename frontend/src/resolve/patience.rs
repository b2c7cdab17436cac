//! How long registries are waited for: a time in which the daemon itself is quick. A daemon that is busy
//! with other builds answers for a registry when it gets to it, and that is no fault of the registry's.

use std::time::Duration;

use futures_util::future::{Either, FutureExt as _, LocalBoxFuture, Shared, select};
use tokio::time::{Instant, sleep, timeout};

use super::trifle;
use crate::gateway::Gateway;
use crate::options::Options;

/// What has not answered when the daemon had nothing else to do for so long is silent.
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(3);
/// In this time, the daemon is looked at so often besides the first time. A machine that stood still until a
/// moment ago looks idle at once: a registry has its time only where all looks in a row are good.
const LOOKS: u32 = 3;
/// A daemon that makes an empty file within this time is not busy.
const QUICK: Duration = Duration::from_millis(500);
/// However busy the daemon is, nobody is waited for any longer.
const LONGEST: Duration = Duration::from_secs(60);

/// A time limit for all that is waited for with it. It runs from when the first is.
pub(crate) struct Patience<'a> {
    end: Shared<LocalBoxFuture<'a, ()>>,
}

impl<'a> Patience<'a> {
    /// `what` is waited for: no two of a build are the same, unless they are at the same time.
    pub(crate) fn new<G: Gateway>(gateway: &'a G, options: &'a Options, what: &'a str) -> Self {
        let end = async move { drop(timeout(LONGEST, idle(gateway, options, what)).await) };
        Patience { end: end.boxed_local().shared() }
    }

    /// An answer, or `None` where it did not come in time: what is given up is cancelled in the daemon,
    /// and its connections are closed.
    pub(crate) async fn wait_for<T>(&self, answer: impl Future<Output = T>) -> Option<T> {
        match select(Box::pin(answer), self.end.clone()).await {
            Either::Left((answer, _)) => Some(answer),
            Either::Right(((), _)) => None,
        }
    }
}

/// Waits until the daemon was not busy for the time limit, as far as looks tell.
async fn idle<G: Gateway>(gateway: &G, options: &Options, what: &str) {
    let mut good = 0;
    for look in 0_u32.. {
        let begun = Instant::now();
        let name = format!("look whether the builder is busy ({what}, {look})");
        // A daemon that can't do even this says so at once, which is all that is asked.
        drop(trifle::solve(gateway, options, &name, Vec::new()).await);
        good = if begun.elapsed() < QUICK { good + 1 } else { 0 };
        if good > LOOKS {
            return;
        }
        sleep(TIME_LIMIT / LOOKS).await;
    }
}
