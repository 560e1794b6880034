;; expect: reject unknown-import
;; Asks for memory that somebody else holds.
(module
  (import "vitrine:rules/view@1.0.0" "now" (memory 1))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (i32.const 0))
)
