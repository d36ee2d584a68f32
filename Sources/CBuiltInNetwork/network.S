// Takes the checkpoint into the program as it is. Builds do not see that another one lies there: its digest is
// written here.
//
// SHA-256: 38bb7654523a8d547ffe990e157e8d6d59532a3d9e5810bf451c8b681cd4e7ba
    .section .rodata
    .balign 64
    .globl built_in_network_begin
built_in_network_begin:
    .incbin "grounded-small.safetensors"
    .globl built_in_network_end
built_in_network_end:
    .byte 0
    .section .note.GNU-stack,"",%progbits
