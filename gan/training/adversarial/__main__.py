"""``python -m gan.training.adversarial``."""

from gan.training.adversarial.rounds import main

if __name__ == "__main__":
    main()
