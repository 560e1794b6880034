;; expect: reject not-wasm
;; Is no module at all.
(module (func (export "decide")
