//! Decisions, with real plugins in real sandboxes.

mod shop;

mod arms;
mod budgets;
mod composition;
mod demo;
mod faults;
mod forced;
mod holdouts;
mod layers;
mod plans;
mod rules;
mod suggestions;
mod twins;
