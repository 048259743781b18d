"""The program: times, memory, load, faults, tampering."""
