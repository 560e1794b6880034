;; expect: fault log-output
;; Writes 64 bytes of log at a time, for ever.
(module
  (import "vitrine:rules/log@1.0.0" "write" (func $write (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (loop $again
      (call $write (i32.const 0) (i32.const 0) (i32.const 64))
      (br $again))
    (unreachable))
)
