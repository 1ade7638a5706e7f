"""Journeys and measurements in a real Chromium, against the production build and a real CRM."""
