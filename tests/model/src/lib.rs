//! What threads or processes share, under `shuttle`: it runs the threads one at a time, in many
//! orders. The sources are compiled with its types, or with operations of `atomics.rs`.
#![cfg(test)]

mod atomics;
mod bells;
mod log;
mod queues;
mod wake_ups;
