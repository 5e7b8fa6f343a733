"""The services of the patrols room: rounds, visits, rounds from paper."""
