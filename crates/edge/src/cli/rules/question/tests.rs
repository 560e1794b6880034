use std::path::Path;

use model::TenantKey;

use super::tenant_of;
use crate::clock::Clock;
use crate::keys::{self, Kind};

fn tenant(key: &str) -> TenantKey {
    TenantKey::parse(key).expect("valid")
}

/// The tenant that is meant with a campaign in `rules/<folder>/` and these tenants; or why none is.
fn meant(tenants: &[&str], folder: &str, named: Option<&str>) -> Result<String, String> {
    let data = tempfile::tempdir().expect("a folder");
    for key in tenants {
        keys::create(data.path(), &tenant(key), Kind::Secret, Clock.now()).expect("a key");
    }
    let named = named.map(tenant);
    let campaign = Path::new("rules").join(folder).join("carts.toml");
    let meant = tenant_of(named.as_ref(), data.path(), &campaign);
    meant.map(|tenant| tenant.to_string()).map_err(|error| error.to_string())
}

#[test]
fn the_tenant_is_the_one_that_is_named_or_the_only_one_or_that_of_the_folder() {
    assert_eq!(meant(&["a", "b"], "b", Some("c")).as_deref(), Ok("c"));
    assert_eq!(meant(&["a"], "b", None).as_deref(), Ok("a"));
    assert_eq!(meant(&["a", "b"], "b", None).as_deref(), Ok("b"));
}

#[test]
fn a_tenant_that_cannot_be_told_must_be_named() {
    let several = meant(&["b", "a"], "examples", None).expect_err("two could be meant");
    assert_eq!(several, "name a tenant with --tenant, one of a, b");
    let none = meant(&[], "examples", None).expect_err("nobody could be meant");
    assert!(none.ends_with("has no tenant with keys: name one with --tenant"), "{none}");
}
