;; expect: reject import-signature
;; Takes the time to be 32 bits.
(module
  (import "vitrine:rules/view@1.0.0" "now" (func (result i32)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (i32.const 0))
)
