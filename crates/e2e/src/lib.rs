//! A harness for tests of the whole service: the real program in a process of its own, real files, real
//! sockets.
//!
//! [`Server`] starts the program, makes keys with it as a user would, and can stop it politely or kill
//! it. [`Campaign`] writes what it is to show, and [`Shop`] calls it over HTTP. [`client()`] runs programs of others against it, and
//! [`recorded()`] finds the logs
//! of real shops. Nothing here knows how the server works inside.

mod campaign;
mod client;
mod recorded;
mod server;
mod shop;

pub use campaign::Campaign;
pub use client::client;
pub use recorded::recorded;
pub use server::{Keys, Server, Setup};
pub use shop::{Reply, Shop, ok};
