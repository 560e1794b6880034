;; expect: fault bad-abi
;; Calls the host while it is only to free its answer.
(module
  (import "vitrine:rules/view@1.0.0" "now" (func $now (result i64)))
  (memory (export "memory") 1)
  (func (export "cabi_post_decide") (param i32)
    (drop (call $now)))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (i32.const 0))
)
