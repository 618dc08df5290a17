"""The audit log: who was told what about whom, in a file that shows when a line of it was changed or taken away.

``line`` writes and reads one line, ``writing`` appends to the file, ``verify`` looks whether it is whole.
"""
