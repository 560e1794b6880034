;; expect: reject unknown-import
;; Asks for a function that is not offered.
(module
  (import "vitrine:rules/customer@1.0.0" "password" (func (param i32)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (i32.const 0))
)
