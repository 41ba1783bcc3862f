import ANBCore
