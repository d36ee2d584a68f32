// Takes the checkpoint into the program as it is. Builds do not see that another one lies there: its digest is
// written here.
//
// SHA-256: f8dff48f7e775c02cf0907f26e2e84e1e183d842fb7d5c0e3b0720ca30848b9b
    .section .rodata
    .balign 64
    .globl built_in_network_begin
built_in_network_begin:
    .incbin "grounded-small.safetensors"
    .globl built_in_network_end
built_in_network_end:
    .byte 0
    .section .note.GNU-stack,"",%progbits
