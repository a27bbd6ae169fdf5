-- AlterTable
ALTER TABLE "MountOnHost" ADD COLUMN "observedPlace" TEXT;
