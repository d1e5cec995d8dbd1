"""Counternarcotics: control of precursor chemicals between two governments.

    table        the procedure counternarcotics.pre-export-notification
    bodies       what its steps carry            words      what officers read
    control      which chemicals are controlled, by whom, since when
    consignment  ports, containers, subheadings, quantities
    blocking     which of two governments' clocks holds a shipment back, in words
    exercise     real trade statistics as notifications for practice

Deliberately not here: how anything is made, drug seizures and incidents (later), and
customs (a track of its own).
"""
