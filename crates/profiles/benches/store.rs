//! What a page view costs the store, and what keeping customers on disk costs.
//!
//! `cargo bench -p profiles`. Targets: an update of a hot profile well below 1 us beside its fold, and
//! opening in a time that does not grow with the number of customers.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use model::{
    Action, Alias, CustomerId, Event, Identity, Money, PageView, Product, TenantKey, Timestamp,
    TraitValue,
};
use profiles::{Config, EventKey, Store, fold};

fn tenant() -> TenantKey {
    TenantKey::parse("demo").expect("valid")
}

fn id(number: u64) -> CustomerId {
    CustomerId::of(&tenant(), &Alias::anonymous(&number.to_string()))
}

fn event(number: u64, ms: i64, action: Action) -> Event {
    Event {
        message_id: format!("m-{number}-{ms}").into(),
        at: Timestamp::from_ms(ms),
        received_at: Timestamp::from_ms(ms),
        who: Identity::new(None, Some(&number.to_string())).expect("a name"),
        consent: Box::default(),
        action,
        name: "page".into(),
        properties: Box::default(),
        measures: Box::default(),
    }
}

fn view(number: u64, ms: i64) -> Event {
    event(number, ms, Action::Viewed(PageView::default()))
}

fn update(store: &Store, tenant: &TenantKey, customer: CustomerId, lsn: u64, event: &Event) {
    let updated = store.update::<(), ()>(tenant, customer, event.at, |profile, _| {
        black_box(fold(profile, event));
        Ok(((), lsn))
    });
    updated.expect("folded");
}

/// Customers with a view and a cart line each.
fn fill(store: &Store, customers: u64) {
    let tenant = tenant();
    let eur = model::Currency::parse("EUR").expect("known");
    let price = Some(Money::from_minor(1_999, eur));
    for number in 0..customers {
        let product = Product { id: "44600062".into(), price, quantity: 1 };
        update(store, &tenant, id(number), 1, &view(number, 1));
        update(store, &tenant, id(number), 1, &event(number, 2, Action::ProductAdded(product)));
    }
}

/// Says much of a customer.
fn rich(store: &Store, tenant: &TenantKey, customer: CustomerId) {
    let named = |number| {
        let name: Box<str> = format!("trait-{number}").into();
        (name.clone(), TraitValue::Text(name))
    };
    let said = event(8, 3, Action::Identified((0..32).map(named).collect()));
    update(store, tenant, customer, 2, &said);
}

fn hot(criterion: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a folder");
    let (store, _) = Store::open(dir.path(), Config::default()).expect("opens");
    fill(&store, 100_000);
    let tenant = tenant();
    let (viewed, seven) = (view(7, 3), id(7));
    let mut lsn = 10;
    criterion.bench_function("hot/update, nothing folded", |bench| {
        bench.iter(|| {
            lsn += 1;
            store.update::<(), ()>(&tenant, seven, viewed.at, |_, _| Ok(((), lsn)))
        });
    });
    let eight = id(8);
    rich(&store, &tenant, eight);
    criterion.bench_function("hot/update, nothing folded, a customer of 32 traits", |bench| {
        bench.iter(|| {
            lsn += 1;
            store.update::<(), ()>(&tenant, eight, viewed.at, |_, _| Ok(((), lsn)))
        });
    });
    let mut customers = (0..100_000).cycle();
    let ids: Vec<CustomerId> = (0..100_000).map(id).collect();
    criterion.bench_function("hot/update, a view folded, 100,000 customers in turn", |bench| {
        bench.iter(|| {
            lsn += 1;
            let customer = ids[customers.next().expect("endless")];
            update(&store, &tenant, customer, lsn, &viewed);
        });
    });
    criterion.bench_function("hot/read", |bench| bench.iter(|| store.read(seven)));
    let mut number = 0;
    criterion.bench_function("window/admit a new event", |bench| {
        bench.iter_batched(
            || {
                number += 1;
                [EventKey::message(&tenant, &format!("m-{number}"))]
            },
            |keys| store.window().admit::<(), ()>(&keys, viewed.at, || Ok(())),
            BatchSize::SmallInput,
        );
    });
    criterion.bench_function("window/admit a new order", |bench| {
        bench.iter_batched(
            || {
                number += 1;
                let name = format!("o-{number}");
                [EventKey::message(&tenant, &name), EventKey::order(&tenant, &name)]
            },
            |keys| store.window().admit::<(), ()>(&keys, viewed.at, || Ok(())),
            BatchSize::SmallInput,
        );
    });
    let known = [EventKey::message(&tenant, "m-known")];
    criterion.bench_function("window/refuse a duplicate", |bench| {
        bench.iter(|| store.window().admit::<(), ()>(&known, viewed.at, || Ok(())));
    });
}

fn disk(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("disk");
    group.sample_size(10);
    for customers in [10_000, 200_000] {
        let dir = tempfile::tempdir().expect("a folder");
        {
            let (store, _) = Store::open(dir.path(), Config::default()).expect("opens");
            fill(&store, customers);
            store.checkpoint(1, &|_| Ok(())).expect("written");
        }
        group.bench_function(format!("open with {customers} customers"), |bench| {
            bench.iter(|| Store::open(dir.path(), Config::default()));
        });
        let small = Config { hot_bytes_max: 0, ..Config::default() };
        let (store, _) = Store::open(dir.path(), small).expect("opens");
        let mut number = 0;
        group.bench_function(format!("load one of {customers} customers"), |bench| {
            bench.iter(|| {
                number = (number + 7_919) % customers;
                store.evict();
                store.read(id(number))
            });
        });
    }
    group.throughput(Throughput::Elements(10_000));
    group.bench_function("checkpoint of 10,000 changed customers", |bench| {
        bench.iter_batched(
            || {
                let dir = tempfile::tempdir().expect("a folder");
                let (store, _) = Store::open(dir.path(), Config::default()).expect("opens");
                fill(&store, 10_000);
                (dir, store)
            },
            |(dir, store)| {
                store.checkpoint(1, &|_| Ok(())).expect("written");
                (dir, store)
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, hot, disk);
criterion_main!(benches);
