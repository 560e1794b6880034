//! The guest's heap and its panic handler.
//!
//! A rule lives for one call of some microseconds and is then thrown away with its memory, so a bump
//! allocator is enough: memory is handed out upwards and only the latest block is ever taken back or
//! extended in place, which is what growing a string needs.
//!
//! ```text
//! 0        8 KiB                __heap_base             64 KiB
//! | stack <- | constants, statics | heap ->               | further pages, on demand
//! ```
//!
//! The host keeps the first 64 KiB resident. A rule that stays within them costs no page fault; one that
//! needs more gets more, up to the host's limit, and is slower. Beyond that limit an allocation fails,
//! which is a trap.

#![expect(unsafe_code, reason = "an allocator hands out raw memory")]

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size, unreachable};
use core::cell::Cell;
use core::panic::PanicInfo;
use core::ptr;

const PAGE_BYTES: usize = 64 * 1024;

/// Hands out memory from `__heap_base` upwards.
struct Bump {
    /// The first free address; 0 before the first allocation.
    free: Cell<usize>,
}

#[global_allocator]
static HEAP: Bump = Bump { free: Cell::new(0) };

// SAFETY: a core module of the contract has one thread.
unsafe impl Sync for Bump {}

// === impl Bump ===

impl Bump {
    fn free(&self) -> usize {
        unsafe extern "C" {
            /// Where the linker ends the statics.
            static __heap_base: u8;
        }
        match self.free.get() {
            0 => (&raw const __heap_base).addr(),
            free => free,
        }
    }

    /// Moves the first free address to `end`; false when the host gives no more memory.
    fn reserve_to(&self, end: usize) -> bool {
        let present = memory_size::<0>() * PAGE_BYTES;
        let missing_pages = end.saturating_sub(present).div_ceil(PAGE_BYTES);
        if missing_pages > 0 && memory_grow::<0>(missing_pages) == usize::MAX {
            return false;
        }
        self.free.set(end);
        true
    }
}

// SAFETY: blocks never overlap, because `free` only moves back over the latest one, which its owner gives
// up; a block is aligned as asked and lies in memory that exists.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some(start) = self.free().checked_next_multiple_of(layout.align()) else {
            return ptr::null_mut();
        };
        match start.checked_add(layout.size()) {
            Some(end) if self.reserve_to(end) => ptr::with_exposed_provenance_mut(start),
            _ => ptr::null_mut(),
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if block.addr() + layout.size() == self.free() {
            self.free.set(block.addr());
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        if block.addr() + layout.size() == self.free() {
            return match block.addr().checked_add(bytes) {
                Some(end) if self.reserve_to(end) => block,
                _ => ptr::null_mut(),
            };
        }
        if bytes <= layout.size() {
            return block;
        }
        // SAFETY: the caller vouches for `bytes` and `block`; the new block is at least as long.
        unsafe {
            let moved = self.alloc(Layout::from_size_align_unchecked(bytes, layout.align()));
            if !moved.is_null() {
                ptr::copy_nonoverlapping(block, moved, layout.size());
            }
            moved
        }
    }
}

/// Traps. The message would cost every guest the formatting code, some 10 kB; a rule that wants to be
/// understood writes to [`crate::log`] first.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    unreachable()
}
