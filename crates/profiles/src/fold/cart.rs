//! The cart.
//!
//! Lines are kept by product, each with the time of its last change, so that two carts of one customer
//! can be joined line by line. A removal therefore leaves a line of quantity 0, until an order empties
//! the cart. An order removes the lines that are not later than it; from then on an event older than
//! the order no longer touches the cart, since what it speaks of was bought. An event of the same
//! instant does: shops whose clocks tell whole seconds send the next product in the second of the order.

use std::cmp::Ordering;

use model::limits::{CART_LINES_MAX, CART_QUANTITY_MAX, ORDER_PRODUCTS_MAX, PRODUCT_ID_BYTES_MAX};
use model::{Cart, CartLine, Product, Timestamp};

use crate::sorted::keep_greatest;

/// Adds a product.
pub(super) fn add(cart: &mut Cart, at: Timestamp, product: &Product) {
    if is_past(cart, at) {
        return;
    }
    let line = line_mut(cart, at, product);
    line.quantity = line.quantity.saturating_add(product.quantity).min(CART_QUANTITY_MAX);
    if product.price.is_some() && (line.price.is_none() || line.changed_at <= at) {
        line.price = product.price;
    }
    line.changed_at = line.changed_at.max(at);
    changed(cart, at);
}

/// Takes out some number of a product.
pub(super) fn remove(cart: &mut Cart, at: Timestamp, product: &Product) {
    if is_past(cart, at) {
        return;
    }
    let line = line_mut(cart, at, product);
    line.quantity = line.quantity.saturating_sub(product.quantity);
    line.changed_at = line.changed_at.max(at);
    changed(cart, at);
}

/// Makes `products` the content. Lines that changed later than `at` are newer knowledge and stay; a
/// cart that already held just this was not changed.
pub(super) fn replace(cart: &mut Cart, at: Timestamp, products: &[Product]) {
    if is_past(cart, at) {
        return;
    }
    let told = content(products);
    let mut differs = false;
    for line in &mut cart.lines {
        let missing = told.binary_search_by(|new| new.product.cmp(&line.product)).is_err();
        if missing && line.quantity > 0 && line.changed_at <= at {
            (line.quantity, line.changed_at) = (0, at);
            differs = true;
        }
    }
    for new in told {
        match find(cart, &new.product) {
            Ok(place) => differs |= overwrite(&mut cart.lines[place], new, at),
            Err(place) => {
                let line = CartLine { changed_at: at, ..new };
                cart.lines.insert(place, line);
                differs = true;
            }
        }
    }
    if differs {
        changed(cart, at);
    }
}

/// Empties the cart, as an order does.
pub(super) fn empty(cart: &mut Cart, at: Timestamp) {
    cart.lines.retain(|line| line.changed_at > at);
    cart.emptied_at = cart.emptied_at.max(Some(at));
}

/// The order in which lines are forgotten at the cap: the one changed longest ago first.
pub(crate) fn newest_line(a: &CartLine, b: &CartLine) -> Ordering {
    a.changed_at.cmp(&b.changed_at).then_with(|| a.product.cmp(&b.product))
}

/// The order of lines within a cart.
pub(crate) fn same_line_key(a: &CartLine, b: &CartLine) -> Ordering {
    a.product.cmp(&b.product)
}

fn is_past(cart: &Cart, at: Timestamp) -> bool {
    cart.emptied_at.is_some_and(|emptied_at| at < emptied_at)
}

fn changed(cart: &mut Cart, at: Timestamp) {
    cart.changed_at = cart.changed_at.max(Some(at));
    keep_greatest(&mut cart.lines, CART_LINES_MAX, newest_line);
}

fn overwrite(line: &mut CartLine, new: CartLine, at: Timestamp) -> bool {
    let price = new.price.or(line.price);
    if line.changed_at > at || (line.quantity, line.price) == (new.quantity, price) {
        return false;
    }
    (line.quantity, line.price, line.changed_at) = (new.quantity, price, at);
    true
}

/// The lines that a list of products makes: one a product, ordered by it.
fn content(products: &[Product]) -> Vec<CartLine> {
    let mut lines: Vec<CartLine> = Vec::with_capacity(products.len().min(CART_LINES_MAX));
    for product in products.iter().take(ORDER_PRODUCTS_MAX) {
        let name = cut(&product.id);
        let quantity = product.quantity.min(CART_QUANTITY_MAX);
        match lines.binary_search_by(|line| (*line.product).cmp(name)) {
            Ok(place) => {
                let line = &mut lines[place];
                line.quantity = line.quantity.saturating_add(quantity).min(CART_QUANTITY_MAX);
                line.price = product.price.or(line.price);
            }
            Err(place) => {
                let changed_at = Timestamp::MIN;
                let product_name = name.into();
                let price = product.price;
                let line = CartLine { product: product_name, quantity, price, changed_at };
                lines.insert(place, line);
            }
        }
    }
    lines
}

fn find(cart: &Cart, product: &str) -> Result<usize, usize> {
    cart.lines.binary_search_by(|line| (*line.product).cmp(product))
}

/// The product's line, made with quantity 0 where there is none.
fn line_mut<'a>(cart: &'a mut Cart, at: Timestamp, product: &Product) -> &'a mut CartLine {
    let name = cut(&product.id);
    let place = match find(cart, name) {
        Ok(place) => place,
        Err(place) => {
            let line = CartLine {
                product: name.into(),
                quantity: 0,
                price: product.price,
                changed_at: at,
            };
            cart.lines.insert(place, line);
            place
        }
    };
    &mut cart.lines[place]
}

/// The beginning of a product's name that the cart keeps.
fn cut(name: &str) -> &str {
    &name[..name.floor_char_boundary(PRODUCT_ID_BYTES_MAX)]
}
