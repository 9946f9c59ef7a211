update secrets set ciphertext = set_byte(ciphertext, 0, get_byte(ciphertext, 0) # 1)
