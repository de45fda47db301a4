"""Tests of the verdict: its checks, told as stories, and what it comes to."""
