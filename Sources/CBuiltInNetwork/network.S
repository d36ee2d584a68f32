// Takes the checkpoint into the program as it is. Builds do not see that another one lies there: its digest is
// written here.
//
// SHA-256: bf8d47651889fa6e4534d8dcb522828c3e2544960614a1a472a3b17a17f5ac2d
    .section .rodata
    .balign 64
    .globl built_in_network_begin
built_in_network_begin:
    .incbin "grounded-small.safetensors"
    .globl built_in_network_end
built_in_network_end:
    .byte 0
    .section .note.GNU-stack,"",%progbits
