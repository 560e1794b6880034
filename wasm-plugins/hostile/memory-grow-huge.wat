;; expect: fault out-of-memory
;; Asks for 4 GiB at once and writes to it without looking at the answer.
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (drop (memory.grow (i32.const 65535)))
    (i32.store (i32.const 1073741824) (i32.const 1))
    (i32.const 0))
)
