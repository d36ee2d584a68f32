// Takes the checkpoint into the program as it is. Builds do not see that another one lies there: its digest is
// written here.
//
// SHA-256: cabc8aa2c0b528713a901037e278961975baf5569aa98db9cfff0f297e89ee28
    .section .rodata
    .balign 64
    .globl built_in_network_begin
built_in_network_begin:
    .incbin "grounded-small.safetensors"
    .globl built_in_network_end
built_in_network_end:
    .byte 0
    .section .note.GNU-stack,"",%progbits
