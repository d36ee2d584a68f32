// Takes the checkpoint into the program as it is. Builds do not see that another one lies there: its digest is
// written here.
//
// SHA-256: 8b60d942564673ad34b9c8cdd545f74eebaddb3af22a6a9218b48b6167d91bd1
    .section .rodata
    .balign 64
    .globl built_in_network_begin
built_in_network_begin:
    .incbin "grounded-small.safetensors"
    .globl built_in_network_end
built_in_network_end:
    .byte 0
    .section .note.GNU-stack,"",%progbits
