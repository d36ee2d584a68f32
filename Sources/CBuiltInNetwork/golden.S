// Takes a tiny network and what PyTorch computed with it into the program, as they are. Builds do not see that other
// files lie there: their digests are written here.
//
// SHA-256: 2378b4f01c5c85bd4073b7d4857a5039a004ac5b759669abcc42d6066c176790 of the network,
// 7f7fe118c3fe23d695171fbed7c09e08aa7a5fde087aab3d669e5d1b2350ca3f of its answers
    .section .rodata
    .balign 64
    .globl golden_network_begin
golden_network_begin:
    .incbin "golden/medgrounder_tiny.safetensors"
    .globl golden_network_end
golden_network_end:
    .balign 64
    .globl golden_answers_begin
golden_answers_begin:
    .incbin "golden/golden_tiny.safetensors"
    .globl golden_answers_end
golden_answers_end:
    .byte 0
    .section .note.GNU-stack,"",%progbits
