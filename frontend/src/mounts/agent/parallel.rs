//! Work on several threads: most of it waits for the kernel.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::failure::Failure;

/// Fewer leave a disk idle, even where there is one processor alone; more only wait for the same
/// locks of a file system. To ask how many processors this process may use takes reading control
/// groups, which is more code than the rest of this file.
const THREADS: usize = 8;

/// Does `count` pieces of work, which are given their numbers, in any order. The first failure is
/// given back; no piece is begun after it.
pub(super) fn each(
    count: usize,
    work: &(dyn Fn(usize) -> Result<(), Failure> + Sync),
) -> Result<(), Failure> {
    let next = AtomicUsize::new(0);
    let failure = Mutex::new(None);
    let run = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return;
            }
            if let Err(error) = work(number) {
                next.store(count, Ordering::Relaxed);
                failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                return;
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..THREADS.min(count) {
            // This thread works, too: one that can't be had only makes it slower.
            let _ = thread::Builder::new().spawn_scoped(scope, run);
        }
        run();
    });
    failure.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}

/// Work that gives something back, in the order of its numbers.
pub(super) fn map<R: Send + Sync>(
    count: usize,
    work: &(dyn Fn(usize) -> Result<R, Failure> + Sync),
) -> Result<Vec<R>, Failure> {
    let results: Vec<Mutex<Option<R>>> = (0..count).map(|_| Mutex::new(None)).collect();
    each(count, &|number| {
        let result = work(number)?;
        *results[number].lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        Ok(())
    })?;
    let results = results.into_iter();
    Ok(results.filter_map(|r| r.into_inner().unwrap_or_else(PoisonError::into_inner)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_done_in_order() {
        let squares = map(1000, &|n| Ok(n * n)).unwrap();
        assert!(squares.iter().enumerate().all(|(n, square)| *square == n * n));
        assert_eq!(squares.len(), 1000);
        assert!(map(0, &|n| Ok(n)).unwrap().is_empty());
    }

    #[test]
    fn a_failure_ends_it() {
        let done = AtomicUsize::new(0);
        let result = each(1_000_000, &|n| {
            done.fetch_add(1, Ordering::Relaxed);
            if n == 10 { Err(Failure::limit("ten")) } else { Ok(()) }
        });
        assert_eq!(result, Err(Failure::limit("ten")));
        assert!(done.load(Ordering::Relaxed) < 1_000_000);
    }
}
