//! Which file of a tenant's folder is what, by its name.

/// What a file in the folder of campaigns is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A campaign: any other `*.toml`.
    Campaign,
    /// What rules call by name: `segments.toml`.
    Segments,
    /// What the shop tells of its customers: `traits.toml`.
    Traits,
    /// Who is held out of all campaigns: `holdout.toml`.
    Holdout,
    /// What a campaign's rule says of some customers: `<campaign>.cases.toml`. No part of a plan.
    Cases,
}

// === impl Role ===

impl Role {
    /// What a file of this name is; `None` when it is no part of the rules.
    pub fn of(file_name: &str) -> Option<Self> {
        let stem = file_name.strip_suffix(".toml")?;
        Some(match stem {
            "segments" => Self::Segments,
            "traits" => Self::Traits,
            "holdout" => Self::Holdout,
            _ if stem.ends_with(".cases") => Self::Cases,
            _ => Self::Campaign,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Role;

    #[test]
    fn the_name_of_a_file_says_what_it_is() {
        assert_eq!(Role::of("cart-rescue.toml"), Some(Role::Campaign));
        assert_eq!(Role::of("cart-rescue.cases.toml"), Some(Role::Cases));
        assert_eq!(Role::of("segments.toml"), Some(Role::Segments));
        assert_eq!(Role::of("traits.toml"), Some(Role::Traits));
        assert_eq!(Role::of("holdout.toml"), Some(Role::Holdout));
        assert_eq!(Role::of("cases.toml"), Some(Role::Campaign));
        assert_eq!(Role::of("traits.toml.bak"), None);
        assert_eq!(Role::of("cart-rescue.wat"), None);
    }
}
