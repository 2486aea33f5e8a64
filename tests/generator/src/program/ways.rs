//! How transactions and processes end.

use super::ops::{Class, Classes};
use super::random::Random;

/// How the closure of a transaction or a savepoint ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// `Ok`, whatever its statements said.
    Ok,
    /// The first error is returned.
    Question,
    Err,
    Panic,
    /// `Ok` of a value that panics when it is dropped.
    Bomb,
    /// An error that panics when it is dropped.
    ErrBomb,
    /// A panic whose payload panics when it is dropped.
    PanicBomb,
}

impl End {
    pub fn of(with: u32, without: Classes) -> Self {
        let bombs = without & (1 << Class::Bomb as u32) == 0;
        match with % 64 {
            0..=3 => End::Err,
            4..=20 => End::Question,
            21 if bombs => End::Panic,
            22 if bombs => End::Bomb,
            23 if bombs => End::ErrBomb,
            24 if bombs => End::PanicBomb,
            _ => End::Ok,
        }
    }
}

/// How a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    Done,
    Restart,
    Err,
    /// An error that panics when it is dropped.
    ErrBomb,
    Panic,
    /// A panic whose payload panics when it is dropped.
    PanicBomb,
    /// `std::process::exit` on the main thread.
    Process,
    /// In the middle of a transaction.
    ProcessInside,
    /// A thread-local keeps channels, launched workers, a wait set and a waker.
    Keep,
    /// The worker is leaked, and a guard of the lock that was made with it.
    LeakGuard,
    /// A channel is leaked that has received.
    LeakBytes,
    /// Received SIGTERM.
    Terminated,
    /// A panic whose message panics.
    Display,
    /// `std::process::exit` on another thread.
    ProcessElsewhere,
}

impl Leave {
    pub fn choose(random: &mut Random, without: Classes) -> Self {
        let can = |classes: &[Class]| {
            classes
                .iter()
                .all(|class| without & (1 << *class as u32) == 0)
        };
        match random.below(32) {
            0..=1 => Leave::Restart,
            2..=3 => Leave::Err,
            4..=5 if can(&[Class::Bomb]) => Leave::ErrBomb,
            6..=7 if can(&[Class::Bomb]) => Leave::Panic,
            8 if can(&[Class::Bomb]) => Leave::PanicBomb,
            9 if can(&[Class::Exit]) => Leave::Process,
            10 if can(&[Class::Exit]) => Leave::ProcessInside,
            11..=16 if can(&[Class::Exit]) => Leave::Keep,
            17..=19 if can(&[Class::Exit, Class::Leak, Class::Lock]) => Leave::LeakGuard,
            20..=21 if can(&[Class::Exit, Class::Leak, Class::Channel]) => Leave::LeakBytes,
            22..=23 if can(&[Class::Stop]) => Leave::Terminated,
            24 if can(&[Class::Abort]) => Leave::Display,
            25 if can(&[Class::Abort]) => Leave::ProcessElsewhere,
            _ => Leave::Done,
        }
    }
}
