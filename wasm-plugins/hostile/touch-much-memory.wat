;; expect: fault trap
;; Writes to each of 512 pages, then fails: all of it has to be wiped before anybody else gets it.
(module
  (memory (export "memory") 32)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (local $at i32)
    (loop $next
      (i32.store (local.get $at) (i32.const -1))
      (local.set $at (i32.add (local.get $at) (i32.const 4096)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 2097152))))
    (unreachable))
)
